"""The figures of one measurement as the part of docs/performance.md between its two marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- figures:begin -->", "<!-- figures:end -->"
LINES = ("refresh, no cache", "refresh, one run changed", "check, nothing changed", "floor: parse")


def splice(page: Path, document: Mapping[str, Any]) -> None:
    """Put the figures of `document` between the marks."""
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{page}: no marks for the figures")
    words = "\n".join(figures(document))
    page.write_text(f"{before}{begin}\n\n{words}\n\n{end}{after}", "utf-8")


def figures(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines: a table of ratios, one of seconds and memory, and how cost grows."""
    sizes = document["sizes"]
    machine = document["machine"]
    yield f"Measured on {machine['cpus']} processors with Python {machine['python']}.\n"
    yield "| Measured | beside | runs | ratio | aim | |\n|---|---|--:|--:|--:|---|"
    for size, result in sizes.items():
        for row in result["ratios"]:
            aim, met = row["aim"], ""
            if aim is not None:
                met = "met" if row["ratio"] <= aim else "**missed**"
            shown = "" if aim is None else f"{aim:.3g}"
            yield (
                f"| {row['of']} | {row['to']} | {int(size):,} | {row['ratio']:.3g} "
                f"| {shown} | {met} |"
            )
    yield "\nSeconds, medians, and the peak of memory without a cache:\n"
    yield f"| Runs | {' | '.join(LINES)} | peak |\n|--:|{'--:|' * (len(LINES) + 1)}"
    for size, result in sizes.items():
        seconds = " | ".join(f"{result['seconds'][name]:.3f}" for name in LINES)
        yield f"| {int(size):,} | {seconds} | {result['peak_mb'][LINES[0]]:.0f} MB |"
    yield "\nMicroseconds for each run, which tells how the cost grows:\n"
    yield from _plot(sizes)


def _plot(sizes: Mapping[str, Any]) -> Iterator[str]:
    wide = [size for size in sizes if int(size) >= 1_000]
    yield "```mermaid\nxychart-beta"
    yield '  title "No cache (upper line) and the parse floor, µs a run"'
    quoted = (f'"{int(size):,}"' for size in wide)
    yield f"  x-axis [{', '.join(quoted)}]"
    yield '  y-axis "µs a run"'
    for name in (LINES[0], LINES[3]):
        each = (sizes[size]["seconds"][name] / int(size) * 1e6 for size in wide)
        yield f"  line [{', '.join(f'{value:.0f}' for value in each)}]"
    yield "```"
