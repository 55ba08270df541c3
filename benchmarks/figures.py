"""Put measured figures into a page of the documentation."""

from __future__ import annotations

from pathlib import Path

BEGIN, END = "<!-- figures:begin -->", "<!-- figures:end -->"


def splice(page: Path, text: str) -> None:
    """Replace what stands between the two markers of a page. Raises SystemExit without them."""
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{page}: no markers for the figures")
    page.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}", "utf-8")
