"""What differs between two pages, before anything is judged."""

from __future__ import annotations

from math import nan

from results_bot.judge.compare import compare, compared_values
from results_bot.model import ChangeKind, Metric, Row, Value
from results_bot.page.section import Section, Summary

KEYS = ("loss", "run", "metric", "text", "section")


def row(name: str, **numbers: float) -> Row:
    return Row(name, {key: Value(f"{number:.4f}", number) for key, number in numbers.items()})


def page(*rows: Row, section: str = "main") -> Summary:
    metrics = tuple(Metric(key, key.title()) for key in KEYS)
    return Summary((Section(section, "Main", metrics, rows),))


def kinds(base: Summary, head: Summary) -> list[tuple[ChangeKind, str | None, str | None]]:
    found = compare(base, head)
    return [(one.kind, one.run, one.metric.key if one.metric else None) for one in found]


def test_changed_cells_come_in_the_order_of_the_page() -> None:
    base = page(row("a", loss=1, text=1), row("b", loss=1, run=2), row("d", loss=1))
    head = page(row("c", loss=7), row("b", run=3, loss=2), row("a", loss=1, metric=5))
    assert kinds(base, head) == [
        (ChangeKind.RUN_ADDED, "c", None),
        (ChangeKind.VALUE_CHANGED, "b", "loss"),
        (ChangeKind.VALUE_CHANGED, "b", "run"),
        (ChangeKind.VALUE_ADDED, "a", "metric"),
        (ChangeKind.METRIC_LOST, "a", "text"),
        (ChangeKind.RUN_REMOVED, "d", None),
    ]
    assert compared_values(base, head) == 3


def test_a_measured_nan_is_a_value_and_a_missing_one_is_none() -> None:
    measured, missing = page(row("a", loss=nan)), page(Row("a"))
    assert kinds(measured, measured) == []
    assert kinds(missing, measured) == [(ChangeKind.VALUE_ADDED, "a", "loss")]
    assert kinds(measured, missing) == [(ChangeKind.METRIC_LOST, "a", "loss")]
    assert compared_values(measured, measured) == 1


def test_rows_of_one_name_count_once() -> None:
    twice = page(row("a", loss=1), row("a", loss=2))
    assert kinds(twice, page(row("a", loss=3), row("a", loss=3))) == [
        (ChangeKind.VALUE_CHANGED, "a", "loss")
    ]
    assert compared_values(twice, twice) == 1


def test_a_row_with_the_same_values_elsewhere_is_renamed_if_there_is_no_other() -> None:
    base = page(row("a", loss=1, run=2), row("b", loss=5, run=6))
    assert [
        (one.kind, one.run, one.was) for one in compare(base, page(row("z", loss=1, run=2)))
    ] == [
        (ChangeKind.RUN_RENAMED, "z", ("main", "a")),
        (ChangeKind.RUN_REMOVED, "b", None),
    ]
    doubled = page(row("y", loss=1, run=2), row("z", loss=1, run=2))
    assert ChangeKind.RUN_RENAMED not in {kind for kind, *_ in kinds(base, doubled)}
    # One value alone may agree by chance.
    single = page(row("z", loss=1))
    assert ChangeKind.RUN_RENAMED not in {
        kind for kind, *_ in kinds(page(row("a", loss=1)), single)
    }
    moved = page(row("a", loss=1, run=2), section="other")
    assert (ChangeKind.RUN_RENAMED, "a", None) in kinds(base, moved)
