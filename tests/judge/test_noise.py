"""What earlier versions of the page, and sibling rows, tell about the noise of a value."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

import pytest
from msgspec import structs
from msgspec.structs import replace
from results_bot.config import Config
from results_bot.judge.noise import Levels, earlier_values, history, past_pages
from results_bot.judge.significance import Comparison, Judgement
from results_bot.judge.verdict import reach
from results_bot.model import Change, ChangeKind, Direction, EvidenceKind, Metric
from results_bot.page.section import Section, Summary
from results_bot.report import wording
from scipy import stats

from tests.judge.build import case, edited, material, section

ACCURACY = Config().metric("test_accuracy", None)
STEADY = [0.90, 0.91, 0.89, 0.90, 0.92, 0.90, 0.91, 0.90]
"""Eight trainings of one recipe."""
PLACE = ("main", "a")


def shown(cell: object) -> str:
    return f"{cell:.4f}" if isinstance(cell, float) else str(cell)


def page(rows: dict[str, Sequence[object]], titles: str = "Test Accuracy | Test Loss") -> str:
    lines = [f"| {' | '.join([run, *map(shown, cells)])} |" for run, cells in rows.items()]
    head = f"| Run | {titles} |\n|{'---|' * (titles.count('|') + 2)}"
    body = "\n".join([head, *lines])
    return f"<!-- results-bot:begin main -->\n\n{body}\n\n<!-- results-bot:end main -->\n"


def accuracies(values: Sequence[float]) -> list[tuple[str, bool]]:
    """Return versions of a page whose row `a` had these accuracies, the newest first."""
    return [(page({"a": (value, 0.5)}), False) for value in reversed(values)]


def wanted(metrics: tuple[Metric, ...] = ()) -> Section:
    one = section("main", {"a": {"test_accuracy": 0.9, "test_loss": 0.5}})
    return replace(one, metrics=(*one.metrics, *metrics))


def levels(versions: Sequence[tuple[str, bool]], *more: Metric) -> Levels:
    found = earlier_values(past_pages(versions), {PLACE: wanted(more)})
    return found.get((*PLACE, "test_accuracy"), ())


def test_a_row_counts_where_it_was_measured_again() -> None:
    rows = [(0.90, 0.5), (0.90, 0.5), (0.91, 0.5), (0.91, 0.6), (0.91, 0.6)]
    versions = [(page({"a": row}), False) for row in reversed(rows)]
    # The fourth version has another loss, so that its accuracy was measured again too.
    assert levels(versions) == ((0.90, 0.91, 0.91),)


@pytest.mark.parametrize(
    ("older", "expected"),
    [
        (page({"old_name": (0.91, 0.4)}), (0.91,)),
        (page({"old_name": (0.91, 0.4), "twin": (0.91, 0.4)}), ()),
        (page({"b": (0.91, 0.4)}), ()),
        (page({"a": ("—", 0.4)}), ()),
        (page({"a": ("0.90 ± 0.01 (n = 3)", 0.4)}), ()),
        ("<!-- results-bot:begin main -->", ()),
    ],
    ids=["renamed", "renamed from one of two", "added", "no value", "folded", "broken markers"],
)
def test_a_row_is_followed_back(older: str, expected: tuple[float, ...]) -> None:
    newer = [page({"a": (0.92, 0.4)}), page({"a": (0.91, 0.4)})]
    found = levels([(text, False) for text in (*newer, older, older)])
    assert found == ((*expected[1:], 0.91, 0.92),)


@pytest.mark.parametrize("title", ["Samples", "Learning Rate"])
def test_another_recipe_is_not_followed(title: str) -> None:
    setting = Metric("params.lr", "Learning Rate")
    versions = [
        (page({"a": (0.9 + at / 100, 0.5, at < 2)}, f"Test Accuracy | Test Loss | {title}"), False)
        for at in range(4)
    ]
    assert levels(versions, setting) == ((0.91, 0.90),)


def test_values_too_large_to_square_have_no_spread() -> None:
    rows = [(f"{1 + at / 100}e200", 0.5) for at in range(5)]
    versions = [(page({"a": row}), False) for row in rows]
    assert levels(versions) == ()


def test_an_approved_drop_starts_a_level() -> None:
    versions = accuracies([0.95, 0.96, 0.90, 0.91])
    assert levels(versions) == ((0.95, 0.96, 0.90, 0.91),)
    versions[1] = versions[1][0], True
    assert levels(versions) == ((0.95, 0.96), (0.90, 0.91))
    versions[0] = versions[0][0], True
    assert levels(versions) == ((0.95, 0.96), (0.90, 0.91)), "an improvement needs no approval"


@pytest.mark.parametrize(("after", "significant"), [(0.90, True), (0.94, False)])
def test_a_change_of_level_is_not_averaged_over(after: float, significant: bool) -> None:
    values = [*STEADY, *(value + 0.05 for value in STEADY)]
    found = history(0.95, after, levels(accuracies(values)), ACCURACY)
    assert found is not None
    assert found.n == 16
    assert found.spread == pytest.approx(0.01)
    assert ((found.p_value or 0.0) < 0.05) is significant


RISING = [0.702, 0.741, 0.780, 0.812, 0.835, 0.861, 0.884, 0.902]


@pytest.mark.parametrize("last", [[0.97], [0.97, 0.975], [0.97, 0.965, 0.97]])
@pytest.mark.parametrize(("lost", "significant"), [(0.07, True), (0.005, False)])
def test_progress_of_the_last_values_does_not_excuse_its_loss(
    last: list[float], lost: float, significant: bool
) -> None:
    values = [*(0.90 + (value - 0.90) / 4 for value in STEADY), *last]
    found = history(values[-1], values[-1] - lost, levels(accuracies(values)), ACCURACY)
    assert found is not None
    assert ((found.p_value or 0.0) < 0.01) is significant


@pytest.mark.parametrize(
    ("values", "after", "significant"),
    [
        (RISING, 0.79, True),
        (RISING, 0.895, False),
        # Neither a decline nor an odd value at the end is progress.
        (RISING[::-1], 0.67, False),
        ([*STEADY, 0.93], 0.90, False),
    ],
    ids=["back to weeks ago", "a training like the last", "a decline", "an odd value"],
)
def test_a_trend_to_the_better_is_no_noise(
    values: list[float], after: float, significant: bool
) -> None:
    found = history(values[-1], after, levels(accuracies(values)), ACCURACY)
    assert found is not None
    assert ((found.p_value or 0.0) < 0.01) is significant


STAIRS = [0.802, 0.805, 0.799, 0.803, 0.851, 0.848, 0.853, 0.850, 0.901, 0.898]
SATURATING = [0.801, 0.842, 0.868, 0.893, 0.904, 0.917, 0.923, 0.931, 0.934]


@pytest.mark.parametrize("values", [STAIRS, SATURATING], ids=["in steps", "ever less"])
@pytest.mark.parametrize(("lost", "significant"), [(0.04, True), (0.004, False)])
def test_progress_does_not_excuse_its_loss(
    values: list[float], lost: float, significant: bool
) -> None:
    found = history(values[-1], values[-1] - lost, levels(accuracies(values)), ACCURACY)
    errors = [1 - value for value in values]
    lower = replace(ACCURACY, key="test_error", direction=Direction.LOWER)
    mirrored = history(errors[-1], errors[-1] + lost, of_errors(errors), lower)
    for one in (found, mirrored):
        assert one is not None
        assert ((one.p_value or 0.0) < 0.01) is significant


def of_errors(values: Sequence[float]) -> Levels:
    metric = Metric("test_error", "Test Error", Direction.LOWER)
    versions = [(page({"a": (value,)}, "Test Error"), False) for value in reversed(values)]
    found = earlier_values(past_pages(versions), {PLACE: wanted((metric,))})
    return found[*PLACE, "test_error"]


@pytest.mark.parametrize("values", [STAIRS[:5], SATURATING[:5]], ids=["a step", "a trend"])
def test_of_few_values_in_progress_no_noise_is_known(values: list[float]) -> None:
    assert history(values[-1], values[0], levels(accuracies(values)), ACCURACY) is None


def test_a_training_that_is_timed_again_is_no_new_value() -> None:
    latency = Metric("latency_ms", "Latency (ms)", Direction.LOWER)
    rows = [(0.9, 10.0 + at) for at in range(5)] + [(0.8, 10.0)]
    versions = [(page({"a": row}, "Test Accuracy | Latency (ms)"), False) for row in rows]
    assert levels(versions, latency) == ((0.8, 0.9),)


@pytest.mark.parametrize(
    ("earlier", "before", "after", "significant"),
    [
        ([STEADY], 0.90, 0.86, True),
        ([STEADY], 0.90, 0.89, False),
        ([STEADY[:4]], 0.90, 0.80, True),
        # After an approved drop the spread of before still counts, and its mean does not.
        ([[0.95, 0.96, 0.94, 0.95], [0.90]], 0.90, 0.91, False),
        ([[0.95, 0.96, 0.94, 0.95], [0.90]], 0.90, 0.83, True),
        # Three values of a share of few samples: a fourth step is no news.
        ([[0.90, 0.90, 0.90, 0.90, 0.89]], 0.90, 0.88, False),
        # From an odd value back towards the mean.
        ([STEADY], 0.99, 0.905, False),
    ],
)
def test_a_new_value_is_one_against_several(
    earlier: list[list[float]], before: float, after: float, significant: bool
) -> None:
    found = history(before, after, tuple(map(tuple, earlier)), ACCURACY)
    assert found is not None
    assert found.p_value is not None
    assert (found.p_value < 0.05) is significant


@pytest.mark.parametrize("few", [[0.90, 0.91, 0.92], [0.90] * 8])
def test_too_few_values_and_equal_ones_tell_nothing(few: list[float]) -> None:
    assert history(0.90, 0.80, (tuple(few),), ACCURACY) is None


FINE = [0.905, 0.913, 0.891, 0.902, 0.922, 0.899, 0.910, 0.896]
LEANING = [0.9991, 0.9964, 0.9998, 0.9986, 0.9949, 0.9993, 0.9978, 0.9996]
"""Eight values of an AUROC that chance can lower by more than it can raise."""


@pytest.mark.parametrize(
    ("metric", "earlier", "after", "scale", "factor"),
    [
        ("test_accuracy", FINE, 0.87, lambda x: x, 1),
        ("test_accuracy", FINE[:6], 0.87, lambda x: x, 2),
        ("test_auroc", LEANING, 0.991, lambda x: (1 - x) ** 0.5, 1),
        ("test_auroc", LEANING[:6], 0.991, lambda x: (1 - x) ** 0.5, 2),
        ("test_accuracy", [100 * one for one in LEANING], 99.1, lambda x: (100 - x) ** 0.5, 1),
        ("test_error_rate", [1 - one for one in LEANING], 0.009, lambda x: x**0.5, 1),
        ("test_loss", [9 - 9 * one for one in LEANING], 0.08, lambda x: x**0.5, 1),
        # No bound is known of it, or one value lies beyond the bound.
        ("reward", [1 - one for one in LEANING], 0.009, lambda x: x, 1),
        ("test_loss", [*(1 - one for one in LEANING), -0.001], 0.009, lambda x: x, 1),
    ],
)
def test_noise_near_a_bound_is_compared_by_roots(
    metric: str, earlier: list[float], after: float, scale: Callable[[float], float], factor: int
) -> None:
    found = history(earlier[-1], after, (tuple(earlier),), Config().metric(metric, None))
    expected = stats.ttest_ind([scale(after)], [scale(one) for one in earlier])
    assert found is not None
    assert found.interval is not None
    assert found.p_value == pytest.approx(factor * expected.pvalue)
    low, high = found.interval
    assert low < after - sum(earlier) / len(earlier) < high
    if factor == 1:
        assert (low * high > 0) is ((found.p_value or 0.0) < 0.05)
    assert found.spread == pytest.approx(statistics.stdev(earlier))


def judged(before: Summary, after: Summary, values: Sequence[float] = ()) -> Comparison:
    one = replace(case(before, after), past=lambda: past_pages(accuracies(values)))
    (found,) = (each for each in one.comparisons if each.metric.key == "test_accuracy")
    return found


def side(accuracy: float, **more: float) -> Summary:
    return material({"main": {"a": {"test_accuracy": accuracy, "test_loss": 0.5, **more}}})


def test_history_beats_counts_and_speaks_for_itself() -> None:
    counted = {"test_num_samples": 100.0}
    one = judged(side(0.90, **counted), side(0.86, **counted), STEADY)
    assert (one.evidence.kind, one.judgement) == (EvidenceKind.HISTORY, Judgement.REGRESSION)
    alone = judged(side(0.90, **counted), side(0.86, **counted), STEADY[:3])
    assert (alone.evidence.kind, alone.judgement) == (EvidenceKind.COUNTS, Judgement.NOISE)
    finding = next(iter(case(side(0.9), side(0.7)).comparisons))
    assert finding.judgement is Judgement.REGRESSION, "beyond any noise"


def test_the_finding_names_the_earlier_values() -> None:
    versions = accuracies(STEADY)
    one = replace(case(side(0.90), side(0.86)), past=lambda: past_pages(versions))
    (finding,) = (each for each in reach(one).findings if each.id == "metric-regressed")
    metric = one.head.sections[0].metric("test_accuracy")
    said = wording.evidence(finding, metric)
    assert said.startswith(
        "8 earlier values on the base branch spread by 1.00 pp: 95 % interval against their mean "
    )


@pytest.mark.parametrize(
    ("after", "values", "kind"),
    [
        ({"a": 0.70, "b": 0.87}, STEADY, EvidenceKind.HISTORY),
        ({"b": 0.87}, STEADY, EvidenceKind.HISTORY),
        ({"a": 0.70, "b": 0.885}, STEADY[:3], EvidenceKind.TOLERANCE),
        # The former best row has had such values before.
        ({"a": 0.70, "b": 0.885}, STEADY, None),
    ],
)
def test_another_best_run_is_judged_by_what_is_known_of_the_former(
    after: dict[str, float], values: Sequence[float], kind: EvidenceKind | None
) -> None:
    before = {**after, "a": 0.90}
    base, head = (
        material({"main": {run: {"test_accuracy": one} for run, one in rows.items()}})
        for rows in (before, after)
    )
    # Another name in the history, which the base has no longer.
    versions = [(text.replace("| a |", "| old |"), False) for text, _ in accuracies(values)]
    one = case(base, head)
    renamed = Change(ChangeKind.RUN_RENAMED, *PLACE, was=("main", "old"))
    one = replace(one, changes=(renamed, *one.changes), past=lambda: past_pages(versions))
    found = [each for each in reach(one).findings if each.id == "best-regressed"]
    assert [each.evidence and each.evidence.kind for each in found] == ([kind] if kind else [])


def test_seeds_of_siblings_judge_a_single_row() -> None:
    rows = {name: {"test_accuracy": 0.9, "test_loss": 0.5} for name in "abc"}
    texts = {"b": {"test_accuracy": "90.00% ± 1.00% (n = 3)"}}
    texts["c"] = {"test_accuracy": "80.00% ± 1.00% (n = 3)"}
    base = edited(material({"main": rows}), texts)
    for accuracy, judgement in ((0.88, Judgement.NOISE), (0.84, Judgement.REGRESSION)):
        head = edited(
            material({"main": {**rows, "a": {**rows["a"], "test_accuracy": accuracy}}}), texts
        )
        (one,) = case(base, head).comparisons
        assert (one.evidence.kind, one.judgement) == (EvidenceKind.SIBLINGS, judgement)
        assert one.evidence.spread == pytest.approx(0.01)


def test_versions_that_were_not_fetched_are_named() -> None:
    one = structs.replace(case(side(0.90), side(0.86)), past_is_cut=True)
    (finding,) = (each for each in reach(one).findings if each.id == "metric-regressed")
    assert finding.message.endswith(
        "nothing is known about its noise (older versions of the page were not fetched)"
    )
