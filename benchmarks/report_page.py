"""How large the report page is and how soon it answers, in the system's Chromium.

`python -m benchmarks.report_page [--sizes 1000,20000] [--loads 5] [--results DIR]`
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from benchmarks.records import write_records
from tests.browser import material
from tests.browser.chromium import executable, launch

MOST_MB, MOST_MS = 3.0, 1000.0
_READY = """() => {
  const [load] = performance.getEntriesByType("navigation");
  return load.domContentLoadedEventEnd - load.startTime;
}"""
# From the click or the key until the browser has drawn what it led to.
_SORT = """() => new Promise((done) => {
  const began = performance.now();
  document.querySelectorAll("section.table thead button")[1].click();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
})"""
_FILTER = """() => new Promise((done) => {
  const filter = document.getElementById("filter"), matches = document.getElementById("matches");
  const began = performance.now();
  new MutationObserver(() => requestAnimationFrame(() =>
    setTimeout(() => done(performance.now() - began)))).observe(matches, {
      childList: true, characterData: true, subtree: true });
  filter.value = "run-0001";
  filter.dispatchEvent(new Event("input", { bubbles: true }));
})"""


@dataclass(frozen=True, slots=True)
class Load:
    """One visit. Milliseconds."""

    ready: float
    """From the navigation's start until all scripts have run: the table answers."""
    blank: float
    """The same of an empty page: the floor."""
    sort: float
    filter: float


def loads(browser: Browser, address: str, blank: str, count: int) -> Iterator[Load]:
    """Visit a page and an empty one in turn; the first visit only warms up."""
    for at in range(count + 1):
        floor = browser.new_page()
        floor.goto(blank)
        empty = floor.evaluate(_READY)
        floor.close()
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.goto(address)
        one = Load(page.evaluate(_READY), empty, page.evaluate(_SORT), page.evaluate(_FILTER))
        page.close()
        if at:
            yield one


def main(arguments: Sequence[str]) -> int:
    """Measure, print, write."""
    options = _options(arguments)
    path = executable()
    if path is None:
        print("chromium is not here (apt-get install chromium)", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright, path)
        blank = Path(folder) / "blank.html"
        blank.write_text("<!doctype html><title>Blank</title>", "utf-8")
        for size in map(int, options.sizes.split(",")):
            address = material.write(Path(folder), material.large(size))
            megabytes = (Path(folder) / "report.html").stat().st_size / 1e6
            found = list(loads(browser, address, blank.as_uri(), options.loads))
            _tell(size, megabytes, found)
            if options.results:
                records = [
                    {"page_mb": megabytes, "ready_to_blank": one.ready / one.blank} for one in found
                ]
                write_records(Path(options.results), f"runs_{size:06}", records)
        browser.close()
    return 0


def _tell(size: int, megabytes: float, found: Sequence[Load]) -> None:
    ready, blank, sort, filtered = (
        median(getattr(one, name) for one in found) for name in ("ready", "blank", "sort", "filter")
    )
    print(
        f"{size:,} runs: {megabytes:.1f} MB (aim under {MOST_MB:.0f} at 1,000), answers after "
        f"{ready:.0f} ms (aim under {MOST_MS:.0f} at 1,000; an empty page {blank:.0f} ms), "
        f"sorts in {sort:.0f} ms, filters in {filtered:.0f} ms",
        flush=True,
    )


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", default="1000,20000")
    parser.add_argument("--loads", type=int, default=5)
    parser.add_argument("--results", help="Where training jobs' files would be.")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
