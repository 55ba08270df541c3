"""Which run is in which section, by which name; which rows leave when artifacts are deleted."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from results_bot import config_edit
from results_bot.collect.folders import own_name
from results_bot.config import Config, SectionTable, parse
from results_bot.model import Direction, Kind, Reading, Run, Status
from results_bot.page.plan import Touched, default_sections, ends, plan, section_of
from results_bot.page.replicates import means


def run(path: str, *, finished: bool = True, name: str = "", **params: int) -> Run:
    readings = {"loss": Reading("loss", 1.0, f"{path}/m.json", Kind.FINAL)} if finished else {}
    status = Status.FINISHED if finished else Status.UNFINISHED
    return Run(path, name or own_name(path), readings, params, (f"{path}/m.json",), status=status)


def test_a_folded_run_keeps_the_direction_that_its_artifacts_state() -> None:
    stated = Reading("score", 1.0, "x/m.json", Kind.FINAL, direction=Direction.LOWER)
    runs = [structs.replace(run(f"x/{at}", seed=at), readings={"score": stated}) for at in (1, 2)]
    folded = means({"x": {run.name: run for run in runs}})
    assert folded["x"].readings["score"].direction is Direction.LOWER


FLAT = (SectionTable(id="all", runs=("x/**",)),)
FOLDERS = (SectionTable(id="x", title="In {folder}", runs=("x/**",), by_folder=True),)


def names(*runs: Run) -> dict[str, str]:
    (planned,) = plan(runs, FLAT, ())
    return {name: one.path for name, one in planned.runs.items()}


@pytest.mark.parametrize(
    ("paths", "shown"),
    [
        (["x/a", "x/b"], ["a", "b"]),
        (["x/p/a", "x/q/a", "x/b"], ["p/a", "q/a", "b"]),
        (["x/p/r/a", "x/q/r/a"], ["p/r/a", "q/r/a"]),
        (["x/a.json", "x/a.yaml"], ["x/a", "x/a.yaml"]),
        (["x/ü b", "x/a\nb"], ["ü b", "a␊b"]),
        (["x/a\u200b", "x/a\u200e"], ["x/a\ufffd", "x/a\ufffd (2)"]),
        (["x"], ["x"]),
    ],
)
def test_names_are_short_and_tell_runs_apart(paths: list[str], shown: list[str]) -> None:
    assert sorted(names(*map(run, paths))) == sorted(shown)


def test_former_names_are_known() -> None:
    # The only finished run keeps the bare name.
    assert names(run("x/p/a"), run("x/q/a", finished=False)) == {"a": "x/p/a", "q/a": "x/q/a"}
    # Two names that are shown alike are no names.
    alike = run("x/1", name="a\u200b"), run("x/2", name="a\u200e")
    assert names(*alike) == {"1": "x/1", "2": "x/2"}
    (planned,) = plan([run("x/p/a"), run("x/q/a"), run("x/b")], FLAT, ())
    assert planned.renamed == {"a", "x/p/a", "x/q/a", "x/b"}
    (planned,) = plan([run("x/p/a")], FLAT, ())
    assert planned.renamed == {"p/a", "x/p/a"}
    (planned,) = plan([run("x/run_17", name="My run")], FLAT, ())
    assert planned.renamed == {"run_17", "x/run_17"}


def test_the_first_section_that_fits_has_the_run() -> None:
    one, other = (SectionTable(id=name, runs=("x/*",)) for name in "ab")
    first, second = plan([run("x/a")], (one, other), ())
    assert (list(first.runs), list(second.runs)) == (["a"], [])


@pytest.mark.parametrize(
    ("path", "section"),
    [("x/a", "one"), ("x/a/b", "two"), ("x/a/b/c", "two"), ("y", None), ("x", None)],
)
def test_what_is_below_a_run_is_the_runs(path: str, section: str | None) -> None:
    sections = (SectionTable(id="one", runs=("x/*",)), SectionTable(id="two", runs=("x/*/b",)))
    found = section_of(path, sections)
    assert (found.id if found else None) == section


@pytest.mark.parametrize(
    ("path", "section_id", "title"),
    [
        ("x/a", "x", "In x"),
        ("x/p/a", "x/p", "In p"),
        ("x/p/q/a", "x/p/q", "In q"),
        ("x/日本/a", "x/日本", "In 日本"),
        ("x", "x", "In x"),
    ],
)
def test_one_section_a_folder(path: str, section_id: str, title: str) -> None:
    (planned,) = plan([run(path)], FOLDERS, ())
    assert (planned.id, planned.title) == (section_id, title)


def test_folders_that_look_alike_in_a_marker_stay_apart() -> None:
    planned = plan(
        [run(f"x/{name}/{at}") for name in ("a b", "a_b", "a--b", "a>b") for at in "pq"],
        FOLDERS,
        (),
    )
    assert len({one.id for one in planned}) == 4
    assert all(" " not in one.id and "--" not in one.id and ">" not in one.id for one in planned)


def test_a_section_of_the_page_stays_when_many_others_come() -> None:
    kinds = [f"{letter}/{part}" for letter in "abcdefghijklmn" for part in ("one", "two")]
    runs = [Run(f"x/{kind}/{name}", name) for kind in kinds for name in ("p", "q")]
    planned = plan(runs, FOLDERS, ["x/c/one"])
    assert {one.id: len(one.runs) for one in planned if one.runs} == {"x": 54, "x/c/one": 2}


def test_a_section_whose_artifacts_are_elsewhere_is_still_there() -> None:
    planned = plan([run("x/p/a")], FOLDERS, ["x/q", "generated", "y/z"])
    assert [(one.id, list(one.runs)) for one in planned] == [("x/p", ["a"]), ("x/q", [])]


def test_seeds_fold_and_the_single_names_go() -> None:
    runs = [run(f"x/base_seed{seed}", seed=seed) for seed in (1, 2)]
    (planned,) = plan(runs, FLAT, ())
    assert list(planned.runs) == ["base"]
    assert {"base_seed1", "base_seed2"} <= planned.renamed
    (planned,) = plan(runs, FLAT, (), fold_seeds=False)
    assert list(planned.runs) == ["base_seed1", "base_seed2"]


@given(st.lists(st.floats(-1e9, 1e9) | st.just(0.1), min_size=2, max_size=9))
def test_a_row_of_seeds_has_their_mean_and_standard_deviation(values: list[float]) -> None:
    runs = [
        structs.replace(run(f"x/a_seed{at}", seed=at), readings={"m": Reading("m", value, "f")})
        for at, value in enumerate(values)
    ]
    (planned,) = plan(runs, FLAT, ())
    assert planned.runs["a"].readings["m"].value == pytest.approx(fmean(values))
    assert planned.runs["a"].readings["m"].std == pytest.approx(stdev(values), rel=1e-6, abs=1e-6)
    for value in (float("nan"), float("inf")):  # They have no spread.
        reading = Reading("m", value, "f")
        odd = structs.replace(run("x/a_seed99", seed=99), readings={"m": reading})
        (planned,) = plan([*runs, odd], FLAT, ())
        assert repr(planned.runs["a"].readings["m"].value) == repr(value)
        assert planned.runs["a"].readings["m"].std == 0.0


def test_the_usual_folders() -> None:
    def patterns(folders: list[str], files: list[str]) -> list[str]:
        return [one for table in default_sections(folders, files) for one in table.runs]

    assert patterns(["src", "results", "runs"], ["setup.py"]) == ["runs/**", "results/**"]
    assert patterns(["src"], []) == ["experiments/**"]
    assert patterns(["runs"], ["a.sqlite3"]) == ["runs/**", "mlruns/**", "a.sqlite3"]


@pytest.mark.parametrize("name", [".benchmarks", "größe.db", "my studies.db", "--.db", "a--b.db"])
def test_ids_of_the_usual_places_may_stand_in_a_configuration(name: str) -> None:
    sections = default_sections([name], [name])
    text = config_edit.render(Config(page="RESULTS.md", sections=sections))
    assert parse(text, "results-bot.toml").sections == sections


def test_sections_are_cut_and_named_as_people_would() -> None:
    database = (SectionTable(id="o.db", title="{folder}", runs=("o.db",), by_folder=True),)
    for paths, sections, expected in (
        # The date of a job is no section.
        (["x/2026-01-20/14-03-00/0", "x/2026-01-21/09-00-00/0"], FOLDERS, [("x", "In x", 2)]),
        # A folder is called as its artifacts say.
        (["x/843/a"], FOLDERS, [("x/843", "In digits", 1)]),
        (["o.db/one/t", "o.db/two/t"], database, [("o.db/one", "one", 1), ("o.db/two", "two", 1)]),
    ):
        planned = plan(map(run, paths), sections, (), titles={"x/843": "digits"})
        assert [(one.id, one.title, len(one.runs)) for one in planned] == expected


DELETED, UNFINISHED = Status.DELETED, Status.UNFINISHED
A, B, C = run("x/p/a"), run("x/p/b"), run("x/c")
SEEDS = tuple(run(f"x/s_seed{seed}", seed=seed) for seed in (1, 2))
ROWS = tuple(
    Run(f"x/t.csv/{name}", name, {"m": Reading("m", 1.0, "x/t.csv")}, files=("x/t.csv",))
    for name in ("r", "q")
)


@pytest.mark.parametrize(
    ("before", "now", "touched", "left"),
    [
        ([A, B, C], [A, B, C], Touched(changed={*C.files}), {}),
        ([A, B, C], [A, B], Touched({*C.files}), {"x: c": DELETED}),
        ([A, B, C], [C], Touched({*A.files, *B.files}), {"x/p: a": DELETED, "x/p: b": DELETED}),
        # What cannot be read here keeps its row.
        ([A, B, C], [C], Touched(), {}),
        # A run that lost one of two files, or all its metrics, is unfinished.
        (
            [structs.replace(C, files=(*C.files, "x/c/n"))],
            [],
            Touched({"x/c/n"}),
            {"x: c": UNFINISHED},
        ),
        ([C], [], Touched(changed={*C.files}, empty={*C.files}), {"x: c": UNFINISHED}),
        (
            [],
            [run("x/c", finished=False)],
            Touched(new={*C.files}, empty={*C.files}),
            {"x: c": UNFINISHED},
        ),
        # A row of a table leaves alone, and so do the rows of a run that is called otherwise.
        (ROWS, ROWS[:1], Touched(changed={"x/t.csv"}), {"x/t.csv: q": DELETED}),
        (ROWS, ROWS[:1], Touched(), {}),
        (
            ROWS,
            ROWS[:1],
            Touched(changed={"x/t.csv"}, empty={"x/t.csv/q"}),
            {"x/t.csv: q": UNFINISHED},
        ),
        ([C], [C, run("x/d/c")], Touched(), {}),
        (SEEDS, SEEDS[:1], Touched({*SEEDS[1].files}), {"x: s": DELETED}),
        (SEEDS, [], Touched({*SEEDS[0].files, *SEEDS[1].files}), {"x: s": DELETED}),
    ],
)
def test_rows_leave_with_their_artifacts(
    before: Sequence[Run], now: Sequence[Run], touched: Touched, left: dict[str, Status]
) -> None:
    planned = plan(before, FOLDERS, ())
    former = {(one.id, name): run for one in planned for name, run in one.runs.items()}
    found = ends([former], plan(now, FOLDERS, ()), touched)
    assert {
        f"{key}: {name}": one for key, rows in found.items() for name, one in rows.items()
    } == left
