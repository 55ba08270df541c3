"""Which evidence two sides support, from what is in their rows, artifacts and prediction files."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan

import pytest
from msgspec import structs
from msgspec.structs import replace
from results_bot.collect.samples import Samples
from results_bot.judge.significance import Comparison, Judgement
from results_bot.model import EvidenceKind, Row, Value
from results_bot.page.cells import last_digit, parse
from results_bot.page.section import Summary

from tests.judge.build import as_page, case, config, edited, material, predictions

TARGET = [0, 1] * 50


def predicting(right: int, target: Sequence[int] = TARGET, **more: object) -> Samples:
    """Return predictions of which the first so many are right."""
    predicted = [t if i < right else 1 - t for i, t in enumerate(target)]
    return predictions(predicted, target, **more)  # type: ignore[arg-type]


def side(
    values: dict[str, float], samples: Samples | None = None, *, page: bool = False
) -> Summary:
    """Return one run; with `page` its row is the page's, with the artifacts behind it."""
    whole = material({"main": {"a": values}}, samples={"a": samples} if samples else {})
    return as_page(whole).with_runs(whole.runs, whole.samples) if page else whole


def only(before: Summary, after: Summary, settings: str = "") -> Comparison:
    (one,) = case(before, after, settings).comparisons
    return one


def used(before: Summary, after: Summary) -> tuple[EvidenceKind, str, int | None]:
    evidence = only(before, after).evidence
    return evidence.kind, evidence.test, evidence.n


PAIRED, SEEDS, HISTORY, COUNTS, SIBLINGS, NONE = EvidenceKind
ALONE = (NONE, "size alone", None)
STUDENT = (SEEDS, "Student's t-test", 6)
ONE = (SEEDS, "Crawford-Howell t-test", 4)


@pytest.mark.parametrize("name", ["test_accuracy", "test_error_rate", "test_exact_match", "any_f1"])
@pytest.mark.parametrize("page", [False, True])
def test_right_or_wrong_is_told_by_the_mean(name: str, page: bool) -> None:
    wrong = "error" in name
    before, after = (right / 100 for right in ((20, 40) if wrong else (80, 60)))
    sides = side({name: before}, predicting(80), page=page), side({name: after}, predicting(60))
    assert used(*sides) == (PAIRED, "McNemar, exact unconditional", 100)
    assert only(*sides).judgement is Judgement.REGRESSION


def test_pairs_are_found_by_their_keys() -> None:
    keys = list(range(100))
    before = predicting(80, keys=keys)
    after = predicting(70, keys=keys)
    mixed = after.taken(after.target.argsort(kind="stable"))
    assert mixed.target.tolist() != before.target.tolist()
    evidence = [
        only(side({"test_accuracy": 0.8}, before), side({"test_accuracy": 0.7}, one)).evidence
        for one in (after, mixed)
    ]
    assert evidence[0] == evidence[1]
    assert evidence[0].kind is PAIRED


def test_shuffled_without_keys_are_no_pairs() -> None:
    after = predicting(60)
    mixed = after.taken(after.target.argsort(kind="stable"))
    values = {"test_accuracy": 0.6, "test_num_samples": 100.0}
    sides = (
        side({"test_accuracy": 0.8, "test_num_samples": 100.0}, predicting(80)),
        side(values, mixed),
    )
    assert used(*sides) == (COUNTS, "two proportions", 200)


@pytest.mark.parametrize(
    "other",
    [
        predicting(60, [1, 0] * 49 + [1, 1]),
        predicting(60, [0, 1] * 49),
        predicting(60, keys=[*range(99), 1000]),
    ],
    ids=["other targets", "fewer", "other keys"],
)
def test_other_samples_are_not_judged(other: Samples) -> None:
    before = side({"test_accuracy": 0.8}, predicting(80, keys=list(range(100))))
    after = side({"test_accuracy": float(other.right.mean())}, other)
    assert case(before, after).comparisons == ()


def test_column_is_matched_by_its_mean() -> None:
    before = [0.5 + i % 7 / 10 for i in range(100)]
    after = [value + 0.1 + i % 3 / 100 for i, value in enumerate(before)]
    decoy = [9.0] * 100
    first = predictions(TARGET, TARGET, other_loss=decoy, sample_loss=before)
    second = predictions(TARGET, TARGET, other_loss=decoy, sample_loss=after)
    sides = (
        side({"test_kl": sum(before) / 100}, first),
        side({"test_kl": sum(after) / 100}, second),
    )
    assert used(*sides) == (PAIRED, "paired bootstrap", 100)
    assert only(*sides).judgement is Judgement.REGRESSION
    off = side({"test_kl": sum(after) / 100 + 0.01}, second)
    assert used(sides[0], off) == ALONE


@pytest.mark.parametrize("broken", [[nan] * 100, [inf] * 100])
def test_column_that_is_not_finite_is_no_evidence(broken: list[float]) -> None:
    samples = predictions(TARGET, TARGET, loss=broken)
    assert used(side({"test_loss": 0.5}, samples), side({"test_loss": 0.6}, samples)) == ALONE


COUNTED = {"test_num_samples": 200.0}
VAL = {"validation_num_samples": 50.0}
ARC = {"arc_num_samples": 200.0}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"test_accuracy": 0.8, **COUNTED}, {"test_accuracy": 0.7, **COUNTED}, 400),
        ({"test_top5_accuracy": 0.8, **COUNTED}, {"test_top5_accuracy": 0.7, **COUNTED}, 400),
        ({"test_error_rate": 0.2, **COUNTED}, {"test_error_rate": 0.3, **COUNTED}, 400),
        ({"accuracy": 0.8, "num_samples": 200.0}, {"accuracy": 0.7, "num_samples": 200.0}, 400),
        ({"val_accuracy": 0.8, **VAL}, {"val_accuracy": 0.7, **VAL}, 100),
        ({"valid_accuracy": 0.8, **VAL}, {"valid_accuracy": 0.7, **VAL}, 100),
        ({"arc_acc": 0.8, **ARC}, {"arc_acc": 0.7, **ARC}, 400),
        # The samples of another task are no evidence.
        ({"piqa_acc": 0.8, **ARC}, {"piqa_acc": 0.7, **ARC}, None),
        # Artifacts that state no count may be of a part of the samples.
        ({"test_accuracy": 0.8}, {"test_accuracy": 0.7, **COUNTED}, None),
        ({"test_accuracy": 0.7, **COUNTED}, {"test_accuracy": 0.8}, None),
        # Another split's samples say nothing.
        ({"val_accuracy": 0.8, **COUNTED}, {"val_accuracy": 0.7, **COUNTED}, None),
        # A macro average is no share: it is k out of no n.
        ({"test_accuracy": 0.8012, **COUNTED}, {"test_accuracy": 0.7012, **COUNTED}, None),
        ({"test_balanced_accuracy": 0.8, **COUNTED}, {"test_balanced_accuracy": 0.7}, None),
        ({"test_f1": 0.8, **COUNTED}, {"test_f1": 0.7, **COUNTED}, None),
        # Values that are percents already.
        ({"test_accuracy": 80.0, **COUNTED}, {"test_accuracy": 70.0, **COUNTED}, 400),
        # An artifact that rounds: 0.714 is 142.8 of 200, 0.715 is 143.
        ({"test_accuracy": 0.82, **COUNTED}, {"test_accuracy": 0.715, **COUNTED}, 400),
        ({"test_accuracy": 0.82, **COUNTED}, {"test_accuracy": 0.7144, **COUNTED}, None),
        ({"test_accuracy": 0.8}, {"test_accuracy": 0.7}, None),
    ],
)
@pytest.mark.parametrize("page", [False, True])
def test_counts(
    before: dict[str, float], after: dict[str, float], expected: int | None, page: bool
) -> None:
    sides = side(before, page=page), side(after, page=page)
    assert used(*sides) == ((COUNTS, "two proportions", expected) if expected else ALONE)


def test_a_page_without_artifacts_is_of_as_many_samples() -> None:
    before, after = side({"test_accuracy": 0.8}), side({"test_accuracy": 0.7, **COUNTED})
    assert used(as_page(before), after) == (COUNTS, "two proportions", 400)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("0.39 ± 0.01 (n = 3)", "0.49 ± 0.01 (n = 3)", STUDENT),
        ("39.0% ± 1.0% (n = 3)", "49.0% ± 1.0% (n = 5)", (SEEDS, "Student's t-test", 8)),
        ("0.39 ± 0.01 (n = 3)", "0.49", ONE),
        ("0.39 ± 0.01 (n = 1)", "0.49 ± 0.01 (n = 3)", ALONE),
        ("0.39 ± -0.01 (n = 3)", "0.49 ± 0.01 (n = 3)", ALONE),
        ("0.39 ± nan (n = 3)", "0.49 ± 0.01 (n = 3)", ALONE),
        ("0.39 ± 1e200 (n = 3)", "0.49 ± 0.01 (n = 3)", ALONE),
        ("0.39 ± 0.01", "0.49 ± 0.01", ALONE),
    ],
)
def test_folded_seeds_on_a_page(
    before: str, after: str, expected: tuple[EvidenceKind, str, int | None]
) -> None:
    page = material({"main": {"a": {"test_loss": 0.5}}})
    old, new = (edited(page, {"a": {"test_loss": text}}) for text in (before, after))
    assert used(old, new) == expected


def seeded(*values: float) -> Summary:
    whole = material({"main": {"a": {"test_loss": sum(values) / len(values)}}})
    single = tuple(
        Row(f"a-{i}", {"test_loss": Value(str(value), value, exact=True)})
        for i, value in enumerate(values)
    )
    (table,) = whole.sections
    rows = (structs.replace(table.rows[0], replicates=single),)
    return replace(whole, sections=(replace(table, rows=rows),))


def test_single_seeds_are_used_where_they_are_known() -> None:
    assert used(seeded(0.50, 0.51, 0.52), seeded(0.60, 0.61, 0.62)) == STUDENT
    assert used(seeded(0.5, 0.51, 0.53), side({"test_loss": 0.9})) == ONE
    assert used(side({"test_loss": 0.9}), seeded(0.5, 0.51, 0.53)) == ONE


def test_seeds_that_failed_are_judged_by_the_former_spread() -> None:
    before, after = seeded(0.50, 0.51, 0.52), seeded(0.51, 1.5, 2.5)
    assert used(before, after) == (SEEDS, "Student's t-test by the former spread", 6)


def test_trainings_speak_for_the_recipe_and_their_samples_do_not() -> None:
    """Three trainings a side with prediction files: samples know nothing of the next training."""
    before, after = seeded(0.50, 0.51, 0.52), seeded(0.60, 0.61, 0.62)
    assert used(with_losses(before, 0.51), with_losses(after, 0.61)) == STUDENT
    single = [with_losses(side({"test_loss": mean}), mean) for mean in (0.51, 0.61)]
    assert used(*single) == (PAIRED, "paired bootstrap", 100)


def with_losses(whole: Summary, mean: float) -> Summary:
    """Return the side with a prediction file whose losses have this mean."""
    losses = [mean + (i % 5 - 2) / 100 for i in range(100)]
    runs = {
        place: structs.replace(run, predictions=("predictions.csv",))
        for place, run in whole.runs.items()
    }
    samples = predictions(TARGET, TARGET, loss=losses)
    return whole.with_runs(runs, lambda _: samples)


def test_seeds_too_large_to_square_are_no_evidence() -> None:
    assert used(seeded(1e200, 2e200), seeded(3e200, 5e200)) == ALONE


@pytest.mark.parametrize(
    ("spread", "expected"),
    [(0.1, (COUNTS, "Welch's t-test", 400)), (-0.1, ALONE), (nan, ALONE), (1e200, ALONE)],
)
def test_mean_and_deviation_from_the_artifact(
    spread: float, expected: tuple[EvidenceKind, str, int | None]
) -> None:
    def run(mean: float) -> Summary:
        values = {"test_loss_mean": mean, "test_num_samples": 200.0}
        whole = side({**values, "test_loss_std": spread})
        (table,) = whole.sections
        return replace(whole, sections=(replace(table, metrics=table.metrics[:1]),))

    assert used(run(0.5), run(0.6)) == expected


def test_tolerance_of_the_section_decides() -> None:
    both = {"main": {"a": {"test_loss": 0.5}}, "other": {"a": {"test_loss": 0.5}}}
    worse = {one: {"a": {"test_loss": 0.52}} for one in both}
    text = """
    [[sections]]
    id = "main"
    runs = ["x/*"]
    tolerance = { test_loss = { relative = 0.05 } }
    """
    outcomes = {one.change.section: one.judgement for one in case(both, worse, text).comparisons}
    assert outcomes == {"main": Judgement.WITHIN_TOLERANCE, "other": Judgement.NOISE_UNKNOWN}


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("34.84%", 1e-4), ("0.3365", 1e-4), ("12", 1.0), ("1.2e-05", 1e-6), ("1,484.5", 0.1),
        ("0.39 ± 0.0123 (n = 3)", 0.01), ("5 %", 0.01), ("great", 0.0),
    ],
)  # fmt: skip
def test_last_digit(text: str, one: float) -> None:
    assert last_digit(text) == pytest.approx(one)


def test_what_came_out_the_same_counts_among_the_comparisons() -> None:
    """A run measured again has as many comparisons as values, whichever of them moved."""
    counted = {"test_num_samples": 1000.0}
    alone = only(
        side({"test_accuracy": 0.80, **counted}), side({"test_accuracy": 0.76, **counted})
    ).evidence
    (among,) = case(
        side({"test_accuracy": 0.80, "test_top5_accuracy": 0.9, **counted}),
        side({"test_accuracy": 0.76, "test_top5_accuracy": 0.9, **counted}),
    ).comparisons
    assert alone.p_value is not None
    assert (alone.adjusted_p, alone.p_value < 0.05) == (None, True)
    assert among.evidence.p_value == alone.p_value
    assert among.evidence.adjusted_p == pytest.approx(2 * alone.p_value)


def test_a_run_that_did_not_move_is_no_comparison() -> None:
    counted = {"test_num_samples": 1000.0}
    both = {"main": {"b": {"test_accuracy": 0.9, **counted}}}
    (one,) = case(
        {"main": {"a": {"test_accuracy": 0.80, **counted}, **both["main"]}},
        {"main": {"a": {"test_accuracy": 0.76, **counted}, **both["main"]}},
    ).comparisons
    assert one.evidence.adjusted_p is None


@pytest.mark.parametrize("spec", [".2f%", ".2f"])
@pytest.mark.parametrize("page", [False, True])
def test_shares_in_percent_are_shares(spec: str, page: bool) -> None:
    """84 of 100 are right, and the artifact says 84.0; a page that shows 84.00% is no fraction."""
    settings = config(f'[metrics.test_accuracy]\nformat = "{spec}"')
    before, after = (
        material(
            {"main": {"a": {"test_accuracy": float(right), "test_num_samples": 100.0}}},
            settings,
            samples={"a": predicting(right)},
        )
        for right in (84, 60)
    )
    if page:
        text = before.sections[0].rows[0].values["test_accuracy"].text
        cell = parse(text, spec)
        assert cell.number == 84.0
        (table,) = before.sections
        row = structs.replace(table.rows[0], values={"test_accuracy": cell})
        before = replace(before, sections=(replace(table, rows=(row,)),))
    one = only(before, after)
    assert one.judgement is Judgement.REGRESSION
    assert one.evidence.test == "McNemar, exact unconditional"
    assert one.evidence.interval is not None
    low, high = one.evidence.interval
    assert -38 < low < -24 < high < -9


@pytest.mark.parametrize("error", [0.01, 0.3])
def test_each_side_has_the_standard_error_of_the_source_it_was_read_from(error: float) -> None:
    """However large an error the change states: by its own, 0.44 would be noise."""
    settings = config('[metrics.arc]\ndirection = "higher"\nsources = ["arc_acc", "arc_f1"]')

    def both(value: float, stated: float) -> Summary:
        read = {"arc": value, "arc_acc": value, "arc_f1": 0.1}
        errors = {"arc_acc_stderr": stated, "arc_f1_stderr": 0.2}
        whole = material({"main": {"a": {**read, **errors}}}, settings)
        (table,) = whole.sections
        shown = tuple(one for one in table.metrics if one.key == "arc")
        return replace(whole, sections=(replace(table, metrics=shown),))

    one = only(both(0.84, 0.01), both(0.44, error))
    assert one.evidence.test == "two means by their standard errors"
    assert one.judgement is Judgement.REGRESSION
