"""The whole page: the same bytes from the same inputs, one line for one change, words untouched."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from difflib import unified_diff

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from results_bot.collect.folders import own_name
from results_bot.config import Config, SectionTable
from results_bot.model import Collection, Kind, Reading, Run, Status
from results_bot.page.document import block_text, parse_page
from results_bot.page.page import Fresh, HeadSide, regenerate

SECTIONS = (
    SectionTable(id="one", title="One", runs=("one/*",)),
    SectionTable(id="all", title="All of {folder}", runs=("x/**",), by_folder=True),
)
CONFIG = Config(page="RESULTS.md")
DAY = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def run(path: str, status: Status = Status.FINISHED, **readings: float) -> Run:
    made = {
        key: Reading(key, value, f"{path}/m.json", Kind.FINAL) for key, value in readings.items()
    }
    return Run(path, own_name(path), made, files=(f"{path}/m.json",), status=status)


def page(
    old: str | None, runs: Iterable[Run], config: Config = CONFIG, day: datetime = DAY
) -> Fresh:
    return regenerate(HeadSide(old, Collection(tuple(runs))), config, SECTIONS, day)


def changed(old: str, new: str) -> list[str]:
    lines = unified_diff(old.split("\n"), new.split("\n"), n=0, lineterm="")
    return [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")]


RUNS = [run("one/a", test_loss=0.5), run("one/b", test_loss=0.25), run("x/p/c", test_loss=1.0)]

GOLDEN = """\
# Results

results-bot keeps the tables between its markers; everything else on this page is yours to write.

## One

<!-- results-bot:begin one -->

Sorted by **Test Loss (lower is better)**.

| Run | Test Loss |
|---|---:|
| b | 0.2500 |
| a | 0.5000 |

<!-- results-bot:end one -->

## All of p

<!-- results-bot:begin all/p -->

Sorted by **Test Loss (lower is better)**.

| Run | Test Loss |
|---|---:|
| c | 1.0000 |

Unfinished, no final metrics: `d` (failed).

<!-- results-bot:end all/p -->
"""


def test_a_new_page() -> None:
    runs = [*RUNS, run("x/p/d", Status.FAILED)]
    assert page(None, runs, Config(takeaways=False)).text == GOLDEN


def test_one_changed_metric_is_one_changed_line_and_the_date() -> None:
    config, later = replace_config(generated=True), DAY.replace(year=2027)
    old = page(None, RUNS, config).text
    block = block_text("generated", "Generated: **2026-01-02 03:04 UTC**")
    assert old.startswith(f"# Results\n\n{block}\n\nresults-bot keeps")
    # Neither the date alone nor a change below what the page shows is one.
    assert page(old, [replace_value(RUNS[0], 0.50004), *RUNS[1:]], config, later).text == old
    new = page(old, [replace_value(RUNS[0], 0.75), *RUNS[1:]], config, later).text
    assert changed(old, new) == [
        "-Generated: **2026-01-02 03:04 UTC**",
        "+Generated: **2027-01-02 03:04 UTC**",
        "-| a | 0.5000 |",
        "+| a | 0.7500 |",
    ]


def replace_config(**settings: object) -> Config:
    return Config(page="RESULTS.md", takeaways=False, **settings)  # type: ignore[arg-type]


def replace_value(one: Run, value: float) -> Run:
    (reading,) = one.readings.values()
    return structs.replace(one, readings={reading.name: structs.replace(reading, value=value)})


HAND = f"""\
# Ours\n\n\n{block_text("one", "")}\nThe story under the table.\n\n```sh\n# no heading\n```\n
## Next\n\nwords  \n\n\n"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("takeaways", [True, False])
def test_peoples_words_stay_to_the_byte_where_sections_are_added(
    newline: str, takeaways: bool
) -> None:
    old = HAND.replace("\n", newline)
    text = page(old, RUNS, Config(page="RESULTS.md", takeaways=takeaways)).text
    assert text.startswith(old[: parse_page(old).blocks["one"].start])
    _, end, after = old.partition(f"<!-- results-bot:end one -->{newline}")
    story, heading, words = after.partition("## Next")
    assert f"{end}{story}" in text
    assert text.endswith(heading + words)
    assert text.index("no heading") < text.index("## All of p") < text.index("## Next")
    assert ("\r" in text) == ("\r" in newline)
    assert text.count("\n") == text.count(newline)


@pytest.mark.parametrize("ending", ["", "\n", "\n\n\n", " x"])
def test_a_page_may_end_as_it_likes(ending: str) -> None:
    old = f"# Ours{ending}"
    text = page(old, RUNS, replace_config()).text
    assert text.startswith(old)
    assert page(text, RUNS, replace_config()).text == text


def test_a_section_that_is_not_configured_any_more_is_left_alone() -> None:
    block = block_text("former", "| a |\n|---|")
    assert block in page(f"{block}\n", RUNS).text


def test_a_new_folder_goes_behind_its_siblings() -> None:
    old = page(None, RUNS, replace_config()).text + "\n## Words\n"
    text = page(old, [*RUNS, run("x/q/e", test_loss=2.0)], replace_config()).text
    headings = [line for line in text.split("\n") if line.startswith("## ")]
    assert headings == ["## One", "## All of p", "## All of q", "## Words"]


def test_without_artifacts_the_page_stays_as_it_is() -> None:
    old = page(None, [*RUNS, run("x/p/d", Status.FAILED)]).text
    assert page(old, []).text == old


def test_a_note_with_a_table_in_it_makes_no_rows() -> None:
    table = SectionTable(id="one", runs=("one/*",), note="see\n\n| a | b |\n|---|---|\n| c | d |")
    first = regenerate(
        HeadSide(None, Collection(tuple(RUNS))), replace_config(), (table,), DAY
    ).text
    again = regenerate(
        HeadSide(first, Collection(tuple(RUNS))), replace_config(), (table,), DAY
    ).text
    assert again == first


ODD = ["a|b", "<!-- results-bot:end one -->", *"``` * @all — - NaN 日本 a_1".split(), " ", "\n"]
NAME = st.text(st.characters(exclude_characters="/"), min_size=1, max_size=8) | st.sampled_from(ODD)
VALUES = st.dictionaries(
    st.sampled_from(["test_loss", "test_acc", "test_accuracy", "val|x", "epochs"]),
    st.floats() | st.integers(0, 100).map(float),
    max_size=4,
)
STATUS = st.sampled_from(Status)


@st.composite
def collections(draw: st.DrawFn) -> list[Run]:
    folders = st.sampled_from(["one", "x", "x/p", "x/日 本"])
    found = draw(
        st.dictionaries(st.tuples(folders, NAME), st.tuples(VALUES, STATUS), min_size=1, max_size=6)
    )
    return [
        run(f"{folder}/{name}", status if values else Status.UNFINISHED, **values)
        for (folder, name), (values, status) in sorted(found.items())
    ]


@given(collections(), st.booleans())
def test_the_same_inputs_give_the_same_bytes(runs: list[Run], generated: bool) -> None:
    config = Config(page="RESULTS.md", generated=generated)
    fresh = page(None, runs, config)
    assert page(fresh.text, runs, config, DAY.replace(year=2030)).text == fresh.text
    shown = sum(len(one.rows) + len(one.unfinished) for one in fresh.summary.sections)
    assert shown == sum(one.status is not Status.DELETED for one in runs)


@given(collections())
def test_a_page_is_made_anew_from_any_page(runs: list[Run]) -> None:
    old = page(None, RUNS).text
    once = page(old, runs).text
    assert page(once, runs).text == once


@pytest.mark.parametrize(
    ("first", "second", "header"),
    [
        ({"f1": 0.5, "loss": 1.0}, {"mae": 3.0, "loss": 1.0, "n_test": 9.0}, "F1 | Loss | MAE"),
        ({"f1": 0.5}, {"epochs": 3.0}, "F1"),
        ({"loss": 0.5}, {"loss": 0.5, "acc": 0.5}, "Loss"),
        (
            {f"f1_{at}": 0.5 for at in range(8)},
            {"mae": 3.0},
            " | ".join(f"F1 {n}" for n in range(8)),
        ),
    ],
)
def test_a_kind_of_run_that_no_column_shows_adds_one(
    first: dict[str, float], second: dict[str, float], header: str
) -> None:
    old = page(None, [run("one/a", Status.FINISHED, **first)]).text
    runs = [run("one/a", Status.FINISHED, **first), run("one/b", Status.FINISHED, **second)]
    new = page(old, runs).text
    assert f"| Run | {header} |" in new
    assert page(new, runs).text == new
