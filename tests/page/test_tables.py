"""A section's rows: fresh ones, kept ones, those that leave; order, columns and formats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from results_bot.config import Config, MetricTable, SectionTable
from results_bot.model import Direction, Kind, Metric, Reading, Row, Run, Status, Value
from results_bot.page.markdown import TableText
from results_bot.page.plan import plan
from results_bot.page.rows import make_section
from results_bot.page.section import Section, in_natural_order, ordered
from results_bot.page.tables import rows_of, text_of

HEADER = ("Run", "Test Loss", "Test Accuracy")
COMMITTED = TableText(HEADER, (("old", "0.5000", "50.00%"), ("a", "9.0000", "9.00%")))


def run(name: str, status: Status = Status.FINISHED, **readings: float) -> Run:
    made = {
        key: Reading(key, value, f"x/{name}.json", Kind.FINAL) for key, value in readings.items()
    }
    return Run(f"x/{name}", name, made, status=status)


def made(
    runs: Iterable[Run],
    committed: TableText | None = None,
    gone: Iterable[str] = (),
    config: Config | None = None,
    **table: object,
) -> Section:
    here = {one.name: one for one in runs}
    made_table = SectionTable(id="s", runs=("x/*",), **table)  # type: ignore[arg-type]
    planned = Section("s", "S", settings=made_table, runs=here)
    return make_section(planned, config or Config(), committed, dict.fromkeys(gone, Status.DELETED))


def rows(section: Section) -> list[tuple[str, ...]]:
    return list(text_of(section).rows)


A = run("a", test_loss=0.25, test_accuracy=0.75)


NEW, OLD = ("a", "0.2500", "75.00%"), ("old", "0.5000", "50.00%")


@pytest.mark.parametrize(
    ("committed", "gone", "left"),
    [
        (COMMITTED, [], [NEW, OLD]),  # The fresh row replaces the committed one.
        (COMMITTED, ["old"], [NEW]),
        (COMMITTED, ["old", "other"], [NEW]),
        (COMMITTED, ["a"], [NEW, OLD]),  # A finished run stays if one of its files was deleted.
        (TableText(HEADER, (("x/a", "1", "1"),)), [], [NEW]),  # The run has another name now.
    ],
)
def test_which_rows_stay(
    committed: TableText, gone: list[str], left: list[tuple[str, ...]]
) -> None:
    assert rows(made([A], committed, gone)) == left


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (("Mean", "4.7500", "29.50%"), ("Mean", "0.3750", "62.50%")),
        (("average", "4.7501", "29.5%"), ("average", "0.3750", "62.50%")),
        (("Mean", "4.7500", "99.00%"), ("Mean", "0.3750", "99.00%")),  # Of something else.
        (("Published", "4.7500", "29.50%"), ("Published", "4.7500", "29.50%")),
        (("Mean", "—", "29.50% ± 1.00%"), ("Mean", "—", "29.50% ± 1.00%")),
    ],
)
def test_a_mean_that_people_wrote_follows_its_rows(
    written: tuple[str, ...], shown: tuple[str, ...]
) -> None:
    table = TableText(HEADER, (*COMMITTED.rows, written))
    again = made([A], table, baselines=(written[0],))
    assert rows(again) == [NEW, OLD, shown]
    assert rows(made([A], text_of(again), baselines=(written[0],))) == rows(again)


def test_unfinished_runs_are_named_with_how_they_ended() -> None:
    runs = [A, run("b", Status.UNFINISHED), run("c10", Status.FAILED), run("c9", Status.PRUNED)]
    assert made(runs).unfinished == (
        ("b", Status.UNFINISHED),
        ("c9", Status.PRUNED),
        ("c10", Status.FAILED),
    )
    committed = TableText(HEADER, (), unfinished=tuple((n, Status.FAILED) for n in ("a", "b", "c")))
    assert made([A], committed, ["c"]).unfinished == (("b", Status.FAILED),)


def test_the_row_of_a_run_that_was_started_again_is_kept_and_not_called_unfinished() -> None:
    again = made([run("old", Status.UNFINISHED)], COMMITTED)
    assert [row[0] for row in rows(again)] == ["old", "a"]
    assert again.unfinished == ()
    assert made([run("old", Status.UNFINISHED)], COMMITTED, ["old"]).unfinished == (
        ("old", Status.UNFINISHED),
    )


def test_a_gap_and_a_column_that_no_artifact_feeds() -> None:
    found = made([A, run("b", test_loss=0.125)])
    assert rows(found) == [("b", "0.1250", "—"), ("a", "0.2500", "75.00%")]
    committed = TableText(("Run", "Test Loss", "Note"), (("a", "1.0000", "see 12"),))
    assert rows(made([A], committed)) == [("a", "0.2500", "see 12")]


def test_two_columns_of_one_title_keep_their_places() -> None:
    config = Config(metrics={key: MetricTable(title="Acc", sources=()) for key in ("one", "two")})
    committed = TableText(("Run", "Acc", "Acc"), (("old", "1", "2"),))
    found = made([], committed, config=config, columns=("one", "two"))
    assert rows(found) == [("old", "1", "2")]


def test_metrics_that_would_share_a_title_are_called_by_their_keys() -> None:
    runs = [run("a", test_acc=0.5, test_accuracy=0.25)]
    first = text_of(made(runs))
    assert first.header == ("Run", "test_acc", "test_accuracy")
    assert text_of(made(runs, first)) == first
    config = Config(metrics={"test_acc": MetricTable(title="Test Accuracy")})
    assert text_of(made(runs, config=config)).header == ("Run", "Test Accuracy", "test_accuracy")


SCORES = [("a10", 0.5), ("a9", 0.5), ("b", 0.1), ("c", float("nan")), ("d", None), ("e", 0.9)]


@pytest.mark.parametrize(
    ("direction", "order"),
    [
        (Direction.LOWER, ["b", "a9", "a10", "e", "c", "d"]),
        (Direction.HIGHER, ["e", "a9", "a10", "b", "c", "d"]),
    ],
)
def test_best_first_then_by_name_and_nothing_last(direction: Direction, order: list[str]) -> None:
    def values(number: float | None) -> Mapping[str, Value]:
        return {} if number is None else {"m": Value(str(number), number)}

    metric = Metric("m", "M", direction)
    shuffled = [Row(name, values(number)) for name, number in reversed(SCORES)]
    assert [row.run for row in ordered(shuffled, metric)] == order
    assert [row.run for row in ordered(shuffled, None)][:2] == ["a9", "a10"]


@pytest.mark.parametrize(
    "names",
    [
        ["run_9", "run_10", "run_10_b"],
        ["run01", "run1"],
        ["lr0.0003", "lr0.001", "lr0.03"],
        ["lr1e-4", "lr1e-3"],
        ["2_a", "10_a", "a"],
        ["a", "a1", "a1b", "b"],
        ["layer.9", "layer.10"],
        ["v1.9", "v1.10", "v2.1"],
        ["v0.9", "v0.10", "v0.10.2", "v0.11"],
        ["v1.9-rc1", "v1.10", "version 2.9", "version 2.10"],
        ["lr0.25", "lr0.5", "lr1.25", "lr1.5", "lr10"],
        ["model_wd0.05_v1.9", "model_wd0.05_v1.10", "model_wd0.1_v1.2"],
        ["0.25", "0.5", "1.25", "1.5"],
    ],
)
def test_names_sort_as_people_count(names: list[str]) -> None:
    assert in_natural_order(names[::-1]) == names


def test_rows_are_ordered_as_the_page_shows_them() -> None:
    """A machine without the artifacts has only the shown numbers to go by."""
    found = made([run("b", test_loss=0.25001), run("a", test_loss=0.25002)])
    assert [row[0] for row in rows(found)] == ["a", "b"]


@pytest.mark.parametrize(
    ("config", "table", "committed", "title"),
    [
        (Config(), {}, None, "Run"),
        (Config(), {}, COMMITTED, "Run"),
        (Config(), {}, TableText(("Experiment", "Test Loss"), (("a", "1"),)), "Experiment"),
        (Config(run_title="Model"), {}, COMMITTED, "Model"),
        (Config(run_title="Model"), {"run_title": "Trial"}, COMMITTED, "Trial"),
    ],
)
def test_what_the_first_column_is_called(
    config: Config, table: dict[str, str], committed: TableText | None, title: str
) -> None:
    assert made([A], committed, config=config, **table).run_title == title


def test_unbalanced_classes_are_not_sorted_by_accuracy() -> None:
    always_negative = run("always_negative", test_accuracy=0.9983, test_auprc=0.0017)
    forest = run("forest", test_accuracy=0.9982, test_auprc=0.71)
    section = made([always_negative, forest])
    assert (section.sort, section.names[0]) == ("test_auprc", "forest")

    def sort(share: float) -> str | None:
        found = run("a", accuracy=0.95, macro_f1=0.7, largest_support_share=share)
        return made([found]).sort

    assert (sort(0.95), sort(0.6)) == ("macro_f1", "accuracy")
    assert made([run("a", test_accuracy=0.9, test_f1=0.8)]).sort == "test_accuracy"


def test_a_mean_of_seeds_that_is_not_finite_has_no_spread() -> None:
    seeds = [run(f"a_s{at}", loss=loss) for at, loss in enumerate((0.25, 0.26, float("nan")))]
    table = SectionTable(id="s", runs=("x/*",))
    (planned,) = plan(seeds, (table,), (), fold_seeds=True)
    assert rows(make_section(planned, Config(), None, {})) == [("a", "NaN")]


def test_a_cell_without_a_value_stays_as_people_wrote_it() -> None:
    lines = (("a", "0.2500", "N/A"), ("old", "-", ""), ("older", "", "-"))
    committed = TableText(("Run", "Test Loss", "Note"), lines)
    new = run("new", test_accuracy=0.5)
    shown = text_of(made([run("a", test_loss=0.25), new], committed), committed).rows
    assert {*shown} == {*lines, ("new", "-", "N/A")}


def test_missing_nan_and_text_are_three_things() -> None:
    values = {"nan": Value("NaN", float("nan"), exact=True), "text": Value("adam")}
    section = Section("s", "S", (Metric("gone", "Gone"),), (Row("NA", values),))
    texts, numbers = section.frame("text"), section.frame("number")
    assert (texts.index.tolist(), [*texts]) == (["NA"], ["gone", "nan", "text"])
    assert texts.to_numpy().tolist() == [[None, "NaN", "adam"]]
    assert numbers.isna().to_numpy().tolist() == [[True, True, True]]
    assert section.row("NA") is section.rows[0]


def test_a_seed_that_is_named_after_its_row_is_named_once() -> None:
    acc, one = Metric("acc", "Acc"), {"acc": Value("0.5", 0.5)}

    def folded(name: str, *seeds: str) -> Row:
        return Row(name, one, replicates=tuple(Row(seed, one) for seed in seeds))

    listed = (folded("lr0.1", "lr0.1/seed0", "lr0.1-s1", "old"), folded("lr0.1-s", "lr0.1-s2"))
    text = text_of(Section("s", "S", (acc,), listed))
    names = [name for name, _ in text.replicates]
    assert names == ["lr0.1/seed0", "lr0.1 / lr0.1-s1", "lr0.1 / old", "lr0.1-s2"]
    again = rows_of(text, [acc])
    assert [[seed.run for seed in row.replicates] for row in again] == [
        ["lr0.1/seed0", "lr0.1-s1", "old"],
        ["lr0.1-s2"],
    ]
