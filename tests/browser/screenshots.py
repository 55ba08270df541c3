"""Pictures of the comment, the report and the terminal: `make screenshots`, and in CI.

Run as a module with a folder; each picture is a PNG of the whole page there. The pictures in the
documentation are the tops of some of them, in `docs/images`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options
from msgspec.structs import replace
from playwright.sync_api import Browser, sync_playwright
from results_bot.example import FINISHED, write_run
from results_bot.report.html.charts import ReportData
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, MONOKAI
from rich.text import Text

from tests.browser import material
from tests.browser.conftest import Tab, executable, launch, new_page
from tests.conftest import ROOT, commit_all, run_cli
from tests.team import team_tree

COMMANDS = (
    "diff",
    "diff --all",
    "history test_kl_divergence",
    "inspect experiments/overnight_runs/combo_1_entropy_maxsup",
    "explain",
    "explain metric-regressed",
)
STORIES: dict[str, Callable[[], ReportData]] = {
    "usual": material.usual,
    "three": material.three,
    "hostile": material.hostile,
    "large": partial(material.large, 20_000),
}
COLUMNS = 80
_RUNS = {figures.name: figures for figures in FINISHED}
_FRAME = (
    "<pre style='color:{foreground};background:{background};margin:0;padding:16px;"
    f"width:{COLUMNS}ch;box-sizing:content-box;outline:1px dashed;"
    "font:13px/1.25 DejaVu Sans Mono,monospace'>{code}</pre>"
)
_COMMENT = """<!doctype html><meta charset="utf-8"><style>
body { margin: 16px; font: 14px/1.5 "Noto Sans", "DejaVu Sans", sans-serif; color: #1f2328 }
table { border-collapse: collapse; display: block; overflow: auto; margin-bottom: 16px }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px }
tr:nth-child(even) td { background: #f6f8fa }
code { background: #818b981f; border-radius: 6px; padding: .2em .4em; font-size: 85% }
pre code { display: block; padding: 16px; overflow: auto }
a { color: #0969da }
</style>"""
"""The comment as GitHub draws it, as nearly as its style sheet matters."""
IMAGES = ROOT / "docs" / "images"
PICTURED = {
    "comment": (900, 410),
    "report-example-light": (1200, 900),
    "terminal-light": (656, 456),
}
"""The pictures in the documentation: width and height of their part of the page."""


@dataclass(frozen=True)
class Shot:
    name: str
    page: str
    width: int = 1200
    scheme: str = "light"
    press: tuple[str, ...] = ()
    """Buttons to press first, by name."""


SHOTS = (
    Shot("comment", "comment", width=900),
    Shot("comment-phone", "comment", width=390),
    *(
        shot
        for scheme in ("light", "dark")
        for shot in (
            Shot(f"report-{scheme}", "usual", scheme=scheme),
            Shot(f"report-phone-{scheme}", "usual", width=390, scheme=scheme),
            Shot(f"report-example-{scheme}", "example", scheme=scheme),
            Shot(f"terminal-{scheme}", f"terminal-{scheme}", width=1000, scheme=scheme),
        )
    ),
    Shot("report-base-and-head", "usual", press=("Base and head", "Show seeds")),
    Shot("report-narrow", "usual", width=320, press=("Base and head",)),
    Shot("report-trade-off", "three"),
    Shot("report-hostile", "hostile"),
    Shot("report-hostile-phone", "hostile", width=390, scheme="dark"),
    Shot("report-20000-rows", "large"),
)


def addresses(folder: Path) -> Iterator[tuple[str, str]]:
    """Write the pages; yield the name and the address of each."""
    for name, story in STORIES.items():
        (folder / name).mkdir()
        yield name, material.write(folder / name, story())
    text = (ROOT / "tests/report/golden/comment.md").read_text("utf-8")
    body = cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE)
    (folder / "comment.html").write_text(_COMMENT + body, "utf-8")
    yield "comment", (folder / "comment.html").as_uri()
    repo = _example(folder / "example")
    yield "example", (repo / "report.html").as_uri()
    for name, theme in (("light", DEFAULT_TERMINAL_THEME), ("dark", MONOKAI)):
        page = folder / f"terminal-{name}.html"
        parts = []
        for command in COMMANDS:
            console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
            shown = f"$ results-bot {command}\n{_run(repo, *command.split())}"
            console.print(Text.from_ansi(shown), soft_wrap=True)
            parts.append(console.export_html(theme=theme, inline_styles=True, code_format=_FRAME))
        head = "<!doctype html><meta charset='utf-8'><body style='margin:0'>"
        page.write_text(head + "".join(parts), "utf-8")
        yield f"terminal-{name}", page.as_uri()


def take(browser: Browser, shot: Shot, address: str, path: Path) -> None:
    """Draw every chart of a page, then take it whole."""
    page = new_page(browser, shot.width, shot.scheme)
    page.goto(address)
    for name in shot.press:
        page.get_by_role("button", name=name).click()
    Tab(page).draw_all()
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=path, full_page=True)
    if shot.name in PICTURED:
        width, height = PICTURED[shot.name]
        page.screenshot(
            path=IMAGES / path.name, clip={"x": 0, "y": 0, "width": width, "height": height}
        )
    page.close()


def _example(repo: Path) -> Path:
    """Build the demo's repository with a history, a change to judge, and its report."""
    team_tree("example", repo)

    def commit(message: str, day: int) -> None:
        date = f"2026-01-{day:02d}T09:00:00+00:00"
        os.environ.update(GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date)
        commit_all(repo, message)

    commit("Keep results by hand", 1)
    _run(repo, "init", "--no-hook")
    _run(repo, "refresh")
    commit("Let results-bot keep the results", 2)
    best = _RUNS["combo_4_aggressive"]
    for at in range(12):
        factor = (1.0 if at < 6 else 0.93) * (1 + (at * 7 % 5 - 2) / 300)
        # A loss that keeps its ratio to the divergence.
        losses = {"test_kl": best.test_kl * factor, "test_loss": best.test_loss * factor}
        write_run(repo, replace(best, **losses))
        _run(repo, "refresh")
        commit(f"Train on with a warmer softmax, try {at}", at + 3)
    worse = {"test_kl": 0.391846, "test_loss": 0.869102, "near": 1389}
    write_run(repo, replace(_RUNS["combo_2_all_reductions"], **worse))
    better = {"test_kl": 0.318204, "test_loss": 0.701893}
    write_run(repo, replace(_RUNS["combo_6_balanced"], **better))
    twin = {"folder": "overnight_runs/combo_7_warm/run", "test_kl": 0.341}
    write_run(repo, replace(_RUNS["combo_3_mild"], **twin))
    _run(repo, "report", "HEAD", "--html", "report.html")
    return repo


def _run(repo: Path, *args: str) -> str:
    """Run a command as in a terminal; return what it prints."""
    done = run_cli(["--color", "always", *args], repo)
    return done.out + done.err


def main(folder: Path) -> int:
    path = executable()
    if path is None:
        sys.stderr.write("chromium is not here (apt-get install chromium)\n")
        return 1
    for one in (folder, IMAGES):
        one.mkdir(parents=True, exist_ok=True)
    os.environ["COLUMNS"] = str(COLUMNS)
    with tempfile.TemporaryDirectory() as pages, sync_playwright() as playwright:
        browser = launch(playwright, path)
        pages_at = dict(addresses(Path(pages)))
        for shot in SHOTS:
            picture = folder / f"{shot.name}.png"
            take(browser, shot, pages_at[shot.page], picture)
            sys.stdout.write(f"{picture}\n")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots")))
