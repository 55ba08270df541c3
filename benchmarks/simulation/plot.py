"""The plot, as SVG."""

from __future__ import annotations

from benchmarks.simulation.data import ANY, FIVE, OURS, STRONGEST, TWICE, WELCH
from benchmarks.simulation.play import SIZES, Results, Task
from benchmarks.simulation.regimes import MAIN
from benchmarks.simulation.tables import COLUMNS, alarm_rate, power

COLOURS = {
    ANY: "#d73a49", WELCH: "#e08b00", FIVE: "#2b8a3e", TWICE: "#8250df",
    OURS: "#54aeff", STRONGEST: "#24292f",
}  # fmt: skip
"""In the order they are painted."""
PANEL, GAP, HEIGHT = 160, 44, 150


def plot(results: Results) -> str:
    """Return an SVG: above, alarms by size of report; below, power by size of effect."""
    parts, width = [legend()], 56 + len(MAIN) * (PANEL + GAP)
    for column, (name, regime) in enumerate(MAIN.items()):
        left = 56 + column * (PANEL + GAP)
        still = [Task(name, *size) for size in SIZES]
        lone = [Task(name, 5, 4, effect, 1) for effect in regime.effects]
        above = {r: [alarm_rate(results[task][r]) for task in still] for r in COLOURS}
        below = {r: [power(results[task][r], task) for task in lone] for r in COLOURS}
        parts.append(panel(left, 70, above, [str(t.runs * t.metrics) for t in still]))
        parts.append(panel(left, 300, below, [f"{100 * t.effect:g}" for t in lone]))
        parts += [text(left + PANEL / 2, 58, regime.title.split(" (")[0], 12, "middle")]
        parts += [text(left + PANEL / 2, 70 + HEIGHT + 32, "values compared", 10, "middle")]
        parts += [
            text(left + PANEL / 2, 300 + HEIGHT + 32, f"worse by {regime.unit}", 10, "middle")
        ]
    parts += [side_title(70, "nothing changed: reports with an alarm")]
    parts += [side_title(300, "one of 20 is worse: found")]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 490"'
    head += f' font-family="sans-serif"><rect width="{width}" height="490" fill="white"/>'
    return "\n".join([head, *parts, "</svg>\n"])


def text(x: float, y: float, words: str, size: int, anchor: str, more: str = "") -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}" {more}>{words}</text>'
    )


def side_title(top: int, words: str) -> str:
    y = top + HEIGHT / 2
    return text(14, y, words, 11, "middle", f'transform="rotate(-90 14 {y:g})"')


def legend() -> str:
    parts = []
    for place, name in enumerate(COLUMNS):
        x = 56 + place * 150
        parts.append(f'<path d="M{x} 22h24" {stroke(name)}/>' + text(x + 30, 26, name, 12, "start"))
    return "\n".join(parts)


def stroke(name: str) -> str:
    width, dash = (4, "") if name == OURS else (1.5, "")
    if name == STRONGEST:
        dash = ' stroke-dasharray="5 3"'
    return f'fill="none" stroke="{COLOURS[name]}" stroke-width="{width}"{dash}'


def panel(left: int, top: int, lines: dict[str, list[float]], labels: list[str]) -> str:
    """Draw shares from 0 to 1 against evenly spaced labels."""
    step = PANEL / (len(labels) - 1)
    parts = []
    for share in (0, 0.05, 0.5, 1):
        y = top + HEIGHT * (1 - share)
        dash = ' stroke-dasharray="2 2"' if share == 0.05 else ""
        parts.append(f'<path d="M{left} {y:g}h{PANEL}" stroke="#d0d7de"{dash}/>')
        parts.append(
            text(left - 4, y + (0 if share == 0.05 else 4), f"{100 * share:g} %", 9, "end")
        )
    for place, label in enumerate(labels):
        parts.append(text(left + place * step, top + HEIGHT + 16, label, 10, "middle"))
    for name in COLOURS:
        points = [
            f"{left + place * step:.1f},{top + HEIGHT * (1 - share):.1f}"
            for place, share in enumerate(lines[name])
        ]
        parts.append(f'<polyline points="{" ".join(points)}" {stroke(name)}/>')
    return "\n".join(parts)
