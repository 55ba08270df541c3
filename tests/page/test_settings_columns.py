"""Settings as columns: which ones, in which order, and that nothing judges them."""

from __future__ import annotations

import pytest
from msgspec import structs
from results_bot.config import Config, SectionTable
from results_bot.judge.compare import compare
from results_bot.judge.rules import metric_lost
from results_bot.model import Kind, Reading, Run, Scalar, Status
from results_bot.page.markdown import TableText, parse, render
from results_bot.page.plan import plan
from results_bot.page.rows import make_section
from results_bot.page.section import Section, Summary
from results_bot.page.tables import text_of

from tests.judge.build import case

SECTION = SectionTable(id="x", runs=("x/*",))


def run(name: str, accuracy: float = 0.5, **params: Scalar) -> Run:
    path = f"x/{name}"
    reading = Reading("accuracy", accuracy, f"{path}/m.json", Kind.FINAL)
    return Run(path, name, {"accuracy": reading}, params, (f"{path}/m.json",))


def shown(
    runs: list[Run], table: SectionTable = SECTION, committed: TableText | None = None
) -> Section:
    (planned,) = plan(runs, (table,), ())
    return make_section(planned, Config(sections=(table,)), committed, {})


def header(found: Section) -> list[str]:
    return [metric.title for metric in found.metrics]


RUNS = [
    run("a", 0.5, model="big", lr=0.1, seed=1, out_dir="/a", fast=True),
    run("b", 0.6, model="big", lr=1e-05, seed=2, out_dir="/b", fast=False),
]


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        (None, ["lr", "fast", "Accuracy"]),
        (True, ["lr", "fast", "Accuracy"]),
        (False, ["Accuracy"]),
        (("model", "lr"), ["model", "lr", "Accuracy"]),
        (("nowhere",), ["nowhere", "Accuracy"]),
    ],
)
def test_those_that_vary_are_first(
    wanted: bool | tuple[str, ...] | None, titles: list[str]
) -> None:
    table = SectionTable(id="x", runs=("x/*",), parameters=wanted)
    assert header(shown(RUNS, table)) == titles
    if wanted is True:  # Asked for, all that vary are shown.
        runs = [run("a", model="a"), run("b", model="b")]
        assert header(shown(runs, table)) == ["model", "Accuracy"]
    named = structs.replace(table, parameters=None, columns=("accuracy",))
    assert header(shown(RUNS, named)) == ["Accuracy"]


@pytest.mark.parametrize(
    ("params", "titles"),
    [
        ([{"lr": 1}, {"lr": 1}], []),
        ([{"lr": 1}, {}], []),
        ([{"lr": 1}, {"lr": 2}, {}, {}, {}], []),
        ([{"note": "x" * 60}, {"note": "y"}], []),
        ([dict.fromkeys("abcdef", n) for n in (1, 2)], ["a", "b", "c", "d"]),
        ([{"a": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 2}], ["a", "b"]),
        ([{"model": "r0"}, {"model": "r1"}], []),  # The runs' own names.
        ([{"latency": "6.2 ms"}, {"latency": "7.1 ms"}], ["latency"]),
        ([{"model": "r0"}, {"model": "r2"}], ["model"]),
    ],
)
def test_what_is_worth_a_column(params: list[dict[str, Scalar]], titles: list[str]) -> None:
    runs = [structs.replace(run(f"r{index}"), params=one) for index, one in enumerate(params)]
    unfinished = Run("x/c", "c", {}, {"lr": 9, "a": 9}, status=Status.UNFINISHED)
    assert header(shown([*runs, unfinished])) == [*titles, "Accuracy"]


LEFT_BEHIND = {
    "date": ("3 May", "4 May"),
    "started_at": ("Monday", "Tuesday"),
    "trained": ("2026-01-18", "2026-01-19T02:11:09"),
    "took": ("0:49:32", "1 day, 1:02:03"),
    "git_hash": ("1f2e3d4", "5a6b7c8"),
    "author": ("ana", "ben"),
    "best_epoch": (17, 21),
    "checkpoint": ("ckpt/epoch=3.pt", "ckpt/epoch=9.pt"),
}
INPUTS = {
    "max_epochs": (10, 20),
    "time_steps": (4, 8),
    "update_rate": (0.1, 0.2),
    "user_embedding_dim": (8, 16),
    "data_version": ("2026-01-18", "2026-02-18"),
    "num_commits": (100, 200),
    "best_of": (1, 5),
    "checkpoint": ("bert-base", "gpt2"),
    "split": ("80:10:10", "70:15:15"),
    "hop": ("10 ms", "20 ms"),
}


@pytest.mark.parametrize(("name", "values"), [*LEFT_BEHIND.items(), *INPUTS.items()])
def test_what_a_training_leaves_is_no_input(name: str, values: tuple[Scalar, Scalar]) -> None:
    runs = [
        structs.replace(run(f"m_seed{seed}"), params={name: value})
        for seed, value in enumerate(values)
    ]
    found = shown(runs)
    is_input = INPUTS.get(name) == values
    assert (header(found)[:-1], len(found.rows)) == (([name], 2) if is_input else ([], 1))
    assert header(shown(runs, SectionTable(id="x", runs=("x/*",), parameters=(name,))))[0] == name


@pytest.mark.parametrize("name", LEFT_BEHIND)
def test_a_page_keeps_what_a_training_leaves(name: str) -> None:
    page = parse(f"| Run | {name} | Accuracy |\n|---|---|---|\n| a | old | 50.00% |")
    runs = [structs.replace(run(one), params={name: "new"}) for one in "ab"]
    assert [row[1] for row in text_of(shown(runs, committed=page)).rows] == ["new", "new"]


def test_a_page_keeps_its_columns_and_the_settings_of_runs_elsewhere() -> None:
    first = text_of(shown(RUNS))
    assert [row[:3] for row in first.rows] == [("b", "1e-05", "false"), ("a", "0.1", "true")]
    page = parse(render(first))
    assert text_of(shown(RUNS, committed=page)) == first
    repeated = parse("| Run | model | Accuracy |\n|---|---|---|\n| a | a | 0.5000 |")
    runs = [run("a", model="a"), run("b", model="b")]
    assert header(shown(runs, committed=repeated)) == ["model", "Accuracy"]
    assert "params.model" in shown(runs, committed=repeated).rows[0].values
    changed = [run("a", 0.5, model="big", lr=0.3), run("b", 0.6, model="small", lr=0.1)]
    found = shown(changed, committed=page)
    assert [row[1] for row in text_of(found).rows] == ["0.1", "0.3"]
    assert header(found) == ["lr", "fast", "Accuracy"]
    text = text_of(shown(RUNS[:1], committed=page))
    assert [row[:3] for row in text.rows] == [("b", "1e-05", "false"), ("a", "0.1", "true")]


def test_nothing_sorts_by_a_setting_or_takes_it_for_a_number() -> None:
    found = shown(RUNS)
    assert found.sort == "accuracy"
    numbers = [row.values[key].number for row in found.rows for key in ("params.lr", "params.fast")]
    assert numbers == [None] * 4
    page = shown(RUNS, committed=parse(render(text_of(found))))
    assert all(row.values["params.lr"].number is None for row in page.rows)


def test_a_setting_that_changed_is_a_change_and_no_loss() -> None:
    before = shown(RUNS)
    after = shown([run("a", 0.5, lr=0.7, fast=True), RUNS[1]])
    sides = Summary((before,)), Summary((after,))
    (change,) = compare(*sides)
    assert (change.run, change.metric and change.metric.title) == ("a", "lr")
    assert [one.text if one else None for one in (change.before, change.after)] == ["0.1", "0.7"]
    assert change.better is None
    assert not [*metric_lost.findings(case(*sides))]


def test_replicates_show_what_they_share() -> None:
    runs = [run(f"m{n}_seed{seed}", n / 10, lr=n, seed=seed) for n in (1, 2) for seed in (1, 2)]
    text = text_of(shown(runs))
    assert text.header == ("Run", "lr", "Accuracy")
    assert [row[:2] for row in text.rows] == [("m2", "2"), ("m1", "1")]


@pytest.mark.parametrize(
    "name", ["a", "a \U0001f3c6", "\U0001f947 a", "a*", "a \u2190", "\u2b50\ufe0f a"]
)
def test_what_people_put_round_a_name_makes_no_second_row(name: str) -> None:
    page = TableText(("Run", "Accuracy", "Words"), ((name, "50.00%", "mine"),))
    text = text_of(shown([run("a")], committed=page))
    assert text.rows == (("a", "50.00%", "mine"),)
