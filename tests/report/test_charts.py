"""Charts: which there are, what they show, that their bytes hold still, and hostile names."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from msgspec.structs import replace
from results_bot.escape import printable
from results_bot.model import Direction, Metric, Row, Value
from results_bot.page.charts import MOST_DOTS, DotPlot, Tradeoff, charts, described, file_name
from results_bot.page.section import Section, Summary
from results_bot.report import charts as svg

LOSS = Metric("test_loss", "Test Loss", Direction.LOWER, ".4f")
ACCURACY = Metric("test_accuracy", "Test Acc", Direction.HIGHER, ".2%")
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    '"]; datum.x = "</text><script>alert(1)</script>',
    "a\x00b\x1b[31m\u202ec]]>",
    "datum['x'] && 'y' \\u0022 ${1} 'quoted' \\",
)


def summary(*rows: tuple[str, float, float], section_id: str = "nightly/a") -> Summary:
    made = tuple(
        Row(
            name,
            {
                "test_loss": Value(f"{loss:.4f}", loss),
                "test_accuracy": Value(f"{accuracy:.2%}", accuracy),
            },
        )
        for name, loss, accuracy in rows
    )
    return Summary((Section(section_id, "Nightly", (LOSS, ACCURACY), made, sort="test_loss"),))


BENT = summary(("a", 0.10, 0.50), ("b", 0.12, 0.68), ("c", 0.30, 0.70), ("d", 0.40, 0.40))


def texts(drawn: bytes) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(drawn).iter(f"{SVG}text")]  # noqa: S314


def test_the_front_its_ends_and_its_knee_are_marked() -> None:
    tradeoff, runs = charts(BENT)
    assert isinstance(tradeoff, Tradeoff)
    assert isinstance(runs, DotPlot)
    assert [dot.run for dot in tradeoff.dots if dot.front] == ["a", "b", "c"]
    labels = {dot.run: dot.label for dot in tradeoff.dots}
    assert labels == {"a": "lowest Test Loss", "b": "knee", "c": "highest Test Acc", "d": ""}
    assert [dot.run for dot in runs.dots] == ["a", "b", "c", "d"]
    assert described(tradeoff).startswith("Test Acc against Test Loss, 4 runs, 3 of them on the")


def test_a_run_that_wins_both_is_the_front() -> None:
    one, _ = charts(summary(("a", 0.1, 0.9), ("b", 0.2, 0.8), ("c", 0.3, 0.7)))
    assert [(dot.run, dot.label) for dot in one.dots if dot.label] == [("a", "best in both")]


@pytest.mark.parametrize(
    "rows",
    [
        (),
        (("a", 0.1, 0.9), ("b", 0.2, 0.8)),
        (("a", float("nan"), 0.9), ("b", float("inf"), 0.8), ("c", 0.1, 0.1)),
    ],
)
def test_too_few_values_make_no_chart(rows: tuple[tuple[str, float, float], ...]) -> None:
    assert charts(summary(*rows)) == []


def test_a_metric_without_direction_is_never_drawn_as_a_race() -> None:
    section = replace(
        BENT.sections[0], metrics=(replace(LOSS, direction=Direction.UNKNOWN), ACCURACY)
    )
    assert charts(Summary((section,))) == []


def test_many_runs_keep_the_front_and_say_how_many_are_left_out() -> None:
    rows = [(f"r{i:04}", 0.5 + i / 5000, 0.1 + (i % 7) / 1000) for i in range(1000)]
    tradeoff, runs = charts(summary(*rows, ("last", 0.9, 0.99)))
    assert 200 < sum(not dot.front for dot in tradeoff.dots) <= MOST_DOTS
    assert len(tradeoff.dots) + tradeoff.left_out == 1001
    assert len(runs.dots) == 40
    assert "last" in {dot.run for dot in tradeoff.dots if dot.front}
    assert len(svg.draw(tradeoff)) < 150_000


def test_bytes_hold_still_and_the_stamp_knows_its_chart() -> None:
    for chart in charts(BENT):
        drawn = svg.draw(chart)
        assert drawn == svg.draw(chart)
        assert svg.is_ours(drawn)
        assert svg.is_true(drawn, chart)
        assert svg.is_true(drawn.replace(b"\n", b"\r\n"), chart)
        assert not svg.is_true(drawn.replace(b"Test Loss", b"Test Gain"), chart)
        other = replace(chart, dots=(replace(chart.dots[0], x=0.11), *chart.dots[1:]))
        assert not svg.is_true(drawn, other)
    assert not svg.is_ours(b"<svg/>")


def test_the_svg_shows_the_names_and_is_see_through() -> None:
    tradeoff, runs = charts(BENT)
    drawn = svg.draw(tradeoff)
    assert {"lowest Test Loss: a", "knee: b", "highest Test Acc: c", "Nightly"} <= set(texts(drawn))
    assert "Test Loss (lower is better)" in texts(drawn)
    assert b'fill="white"' not in drawn
    assert [text for text in texts(svg.draw(runs)) if text in "abcd"] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(name: str) -> None:
    for chart in charts(summary((name, 0.1, 0.5), (name + "2", 0.2, 0.6), ("c", 0.3, 0.7))):
        drawn = svg.draw(replace(chart, title=name, x=replace(chart.x, title=name)))
        tree = ElementTree.fromstring(drawn)  # noqa: S314
        tags = {node.tag.removeprefix(SVG) for node in tree.iter()}
        assert tags <= {"svg", "g", "path", "line", "text", "rect", "defs", "clipPath", "title"}
        assert not [key for node in tree.iter() for key in node.attrib if key.startswith("on")]
        shown = printable(name)[:20]
        assert any(shown in text for text in texts(drawn))


def test_file_names_are_one_for_each_chart_and_short() -> None:
    names = {
        file_name(chart)
        for section in ("a/b", "a-b", "a_b", "x" * 400, "x" * 401, "a/..")
        for chart in charts(summary(*[(r.run, 0.1 * i, 0.1 * i) for i, r in enumerate(
            BENT.sections[0].rows, 1)], section_id=section))
    }  # fmt: skip
    assert len(names) >= 12
    assert all(len(name) < 140 and "/" not in name for name in names)


def contrast(one: str, other: str) -> float:
    """Return WCAG's contrast ratio of two `#rrggbb` colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("background", ["#ffffff", "#0d1117"])
@pytest.mark.parametrize("tone", [svg.TEXT, svg.POINT, svg.MARKED])
def test_tones_are_readable_on_both_of_githubs_themes(tone: str, background: str) -> None:
    assert contrast(tone, background) > 3.9


def test_a_changed_look_must_redraw() -> None:
    """Where this fails, raise `svg.LOOK` and put the new digest here."""
    looks = [svg.spec(chart) | {"$schema": ""} for chart in charts(BENT)]
    assert (svg.LOOK, svg.digest(repr(looks).encode())) == (2, "f52a6732d260f709")
