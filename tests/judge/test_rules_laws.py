"""What must hold of verdicts whatever the figures are."""

from __future__ import annotations

from math import inf, isfinite, nan

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import structs
from msgspec.structs import replace
from results_bot.judge.rule import Case
from results_bot.judge.significance import Comparison, Judgement
from results_bot.judge.verdict import reach
from results_bot.model import Evidence, Finding, Severity
from results_bot.page import cells
from results_bot.page.section import Summary

from tests.judge.build import as_page, case, edited, found, material, section

RUNS = ("a", "b", "c", "d", "e")
SAMPLES = 1000.0
Rows = dict[str, dict[str, float]]

LOSS = st.integers(100, 99_999).map(lambda n: n / 10_000)
SHARE = st.integers(0, 1000).map(lambda n: n / SAMPLES)
ODD = st.sampled_from([nan, inf, -inf])


@st.composite
def rows(draw: st.DrawFn, values: st.SearchStrategy[float] = LOSS) -> Rows:
    names = draw(st.lists(st.sampled_from(RUNS), min_size=1, unique=True))
    return {
        name: {
            "test_loss": draw(values),
            "test_accuracy": draw(SHARE),
            "wombats": draw(LOSS),
            "total_epochs": float(draw(st.integers(1, 50))),
            "test_num_samples": SAMPLES,
        }
        for name in names
    }


TABLES = st.dictionaries(st.sampled_from(["main", "other"]), rows(), min_size=1)
WILD = st.dictionaries(st.sampled_from(["main", "other"]), rows(LOSS | ODD), min_size=1)
ANY = given(TABLES, TABLES)
LAW = settings(deadline=None, max_examples=40)


def of(one: Case, *rules: str) -> set[tuple[str, str, str | None]]:
    """Return section, run and metric of what these rules found."""
    return {
        (finding.section, run, finding.metric)
        for rule in rules
        for finding in found(one, rule)
        for run in finding.runs
    }


def noise_unknown(one: Case) -> set[tuple[str, str, str | None]]:
    """Return section, run and metric of what is at most a warning."""
    return {
        (each.change.section, each.change.run or "", each.metric.key)
        for each in one.comparisons
        if each.judgement is Judgement.NOISE_UNKNOWN
    }


def essence(finding: Finding) -> tuple[object, ...]:
    return (
        finding.id,
        finding.section,
        frozenset(finding.runs),
        finding.metric,
        finding.before,
        finding.after,
        finding.severity,
        finding.known,
    )


@LAW
@given(TABLES, st.data())
def test_strictly_better_is_never_a_regression(base: dict[str, Rows], data: st.DataObject) -> None:
    def better(values: dict[str, float]) -> dict[str, float]:
        down = data.draw(st.floats(0.01, 1))
        up = data.draw(st.integers(round(values["test_accuracy"] * SAMPLES), 1000))
        return {
            **values,
            "test_loss": values["test_loss"] * down,
            "test_accuracy": up / SAMPLES,
        }

    head = {
        one: {run: better(values) for run, values in table.items()} for one, table in base.items()
    }
    assert of(case(base, head), "metric-regressed", "best-regressed") == set()


def far_apart(one: Case) -> bool:
    """Tell whether no value moved to the very edge of its tolerance, which is not symmetric."""
    moves = [
        abs(change.difference) / max(abs(change.before.number or 0), abs(change.after.number or 0))
        for change in one.changes
        if change.difference and change.before and change.after
    ]
    return all(abs(move - 0.01) > 0.0005 for move in moves)


@LAW
@ANY
def test_swapped_sides_swap_what_is_worse_and_better(
    base: dict[str, Rows], head: dict[str, Rows]
) -> None:
    there, back = case(base, head), case(head, base)
    assume(far_apart(there))
    for first, second in ((there, back), (back, there)):
        worse, better = of(first, "metric-regressed"), of(second, "metric-improved")
        # One warning for several values of unknown noise names no metric.
        worse = {one for one in worse if one[2] is not None}
        assert worse - noise_unknown(first) == better
    mirrored = {place(one): one.evidence for one in back.comparisons}
    assert len(there.comparisons) == len(mirrored)
    for one in there.comparisons:
        assert_mirrored(one.evidence, mirrored[place(one)])


def place(one: Comparison) -> tuple[str, str | None, str]:
    return one.change.section, one.change.run, one.metric.key


def assert_mirrored(one: Evidence, other: Evidence) -> None:
    same = replace(other, interval=one.interval, p_value=one.p_value, adjusted_p=one.adjusted_p)
    assert same == one
    assert other.p_value == pytest.approx(one.p_value)
    assert other.adjusted_p == pytest.approx(one.adjusted_p)
    if one.interval is not None and other.interval is not None:
        assert (-other.interval[1], -other.interval[0]) == pytest.approx(one.interval)


@LAW
@given(TABLES, TABLES, rows(), rows())
def test_unrelated_run_changes_nothing_but_the_adjustment(
    base: dict[str, Rows], head: dict[str, Rows], before: Rows, after: Rows
) -> None:
    alone = case(base, head).comparisons
    more = case({**base, "apart": before}, {**head, "apart": after}).comparisons
    kept = [one for one in more if one.change.section != "apart"]
    assert [unadjusted(one) for one in kept] == [unadjusted(one) for one in alone]
    found = [(one.evidence.p_value or 0, one.evidence.adjusted_p) for one in kept]
    assert all(adjusted is None or adjusted >= plain for plain, adjusted in found)


def unadjusted(one: Comparison) -> tuple[object, ...]:
    return place(one), replace(one.evidence, adjusted_p=None)


@LAW
@given(WILD, WILD, st.randoms(use_true_random=False))
def test_order_of_sections_and_rows_does_not_matter(
    base: dict[str, Rows], head: dict[str, Rows], random: object
) -> None:
    def shuffled(side: Summary) -> Summary:
        sections = list(side.sections)
        random.shuffle(sections)  # type: ignore[attr-defined]
        mixed = []
        for one in sections:
            in_disorder = list(one.rows)
            random.shuffle(in_disorder)  # type: ignore[attr-defined]
            mixed.append(replace(one, rows=tuple(in_disorder)))
        return replace(side, sections=tuple(mixed))

    sides = material(base), material(head)
    ordered = reach(case(*map(with_settings, sides))).findings  # type: ignore[arg-type]
    mixed = reach(case(*(with_settings(shuffled(side)) for side in sides))).findings  # type: ignore[arg-type]
    assert set(map(essence, mixed)) == set(map(essence, ordered))
    assert len(mixed) == len(ordered)


def with_settings(side: Summary) -> Summary:
    """Return the side with settings that differ from run to run."""
    runs = {
        where: structs.replace(run, params={"lr": run.name}) for where, run in side.runs.items()
    }
    return side.with_runs(runs, side.samples)


@LAW
@given(WILD)
def test_nothing_happened_and_nothing_blocks(tables: dict[str, Rows]) -> None:
    verdict = reach(case(tables, tables))
    assert verdict.changes == ()
    assert verdict.blocking == ()
    assert all(finding.known for finding in verdict.findings)


@LAW
@given(WILD, WILD, st.booleans())
def test_what_is_not_finite_never_passes(
    base: dict[str, Rows], head: dict[str, Rows], page: bool
) -> None:
    after = as_page(material(head)) if page else material(head)
    one = case(base, after)
    odd = {
        (section_id, run, "test_loss")
        for section_id, table in head.items()
        for run, values in table.items()
        if not isfinite(values["test_loss"])
    }
    assert of(one, "not-finite") == odd
    blocking = {(f.section, f.run) for f in reach(one).blocking if f.id == "not-finite"}
    assert {place[:2] for place in odd} & one.touched == blocking


@pytest.mark.parametrize("text", ["NaN ± 0.0000 (n = 3)", "nan", "inf", "-inf", "NaN%", "-Inf ± 1"])
def test_cell_that_is_not_finite_is_seen_on_a_page(text: str) -> None:
    before = Summary((section("main", {"a": {"test_loss": 0.5}}),))
    head = edited(before, {"a": {"test_loss": text}})
    findings = found(case({"main": {"a": {"test_loss": 0.5}}}, head), "not-finite")
    assert [(f.after, f.severity) for f in findings] == [(text, Severity.FAILURE)]
    number = cells.parse(text).number
    assert number is not None
    assert not isfinite(number)


@LAW
@given(st.sampled_from([nan, inf, -inf]), LOSS)
def test_no_number_agrees_with_infinity(odd: float, value: float) -> None:
    one = case({"main": {"a": {"test_loss": value}}}, {"main": {"a": {"test_loss": odd}}})
    assert len(one.changes) == 1
    assert one.comparisons == ()
