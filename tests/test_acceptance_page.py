"""A team's page, taken over: its tables made from its artifacts cell for cell, its words untouched.

The example is the project's own; RESULTS_BOT_SEED names the real tree where it is at hand.
"""

from __future__ import annotations

import difflib
import json
import re
from pathlib import Path

import pytest
from results_bot.example import PAGE
from results_bot.page.document import parse_page

from tests.conftest import commit_all, git, run_cli
from tests.team import TEAMS, team_tree

SIZES = [9, 4, 7]
UNFINISHED = 16
_GENERATED = re.compile(r"Generated: \*\*\d{4}-\d\d-\d\d \d\d:\d\d(?: UTC)?\*\*")


def tables(text: str) -> list[list[str]]:
    """Return the lines of each table, in the page's order."""
    found = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    return [table.splitlines() for table in found]


def words(text: str) -> str:
    """Return what people wrote: the text outside of all blocks, without the bot's heading."""
    out, position = [], 0
    for block in sorted(parse_page(text).blocks.values(), key=lambda block: block.start):
        begin = text.rindex("\n", 0, block.start - 1) + 1
        out.append(text[position:begin])
        position = text.index("\n", block.end) + 1
    out.append(text[position:])
    return re.sub(r"\n{2,}", "\n\n", "".join(out).replace("## Key takeaways\n", ""))


@pytest.fixture(scope="module", params=TEAMS)
def hand_made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree and the page as the team left them, in a repository."""
    folder = team_tree(request.param, tmp_path_factory.mktemp("team") / "repository")
    (folder / ".gitignore").write_text("experiments/runs/\n")  # As the page says of the seed.
    git(folder, "init", "-q", "-b", "main")
    return folder


@pytest.fixture(scope="module")
def before(hand_made: Path) -> str:
    return (hand_made / PAGE).read_text("utf-8")


@pytest.fixture(scope="module")
def adopted(hand_made: Path, before: str) -> str:
    done = run_cli(["init"], hand_made)
    assert done.code == 0, done.err
    assert before
    assert "20 finished and 16 unfinished runs found" in done.out
    assert f"{PAGE}: markers put round 3 tables; every other byte is as it was." in done.out
    return (hand_made / PAGE).read_text("utf-8")


@pytest.fixture(scope="module")
def refreshed(hand_made: Path, adopted: str) -> str:
    assert adopted
    assert run_cli(["refresh"], hand_made).code == 1
    commit_all(hand_made, "Let results-bot keep the page")
    return (hand_made / PAGE).read_text("utf-8")


def test_taking_over_adds_markers_and_nothing_else(before: str, adopted: str) -> None:
    added = re.sub(r"<!-- results-bot:(?:begin|end) \S+ -->\n\n?", "", adopted)
    assert re.sub(r"\n{2,}", "\n\n", added) == re.sub(r"\n{2,}", "\n\n", before)
    assert adopted.count("<!-- results-bot:begin") == 4, "three tables, and the date"


def test_the_three_tables_are_equal_cell_for_cell(before: str, refreshed: str) -> None:
    assert [len(table) - 2 for table in tables(before)] == SIZES
    assert tables(refreshed) == tables(before)


def test_the_words_of_people_are_untouched(before: str, adopted: str, refreshed: str) -> None:
    changes = list(difflib.ndiff(words(adopted).split("\n"), words(refreshed).split("\n")))
    assert not [line for line in changes if line.startswith("- ")]
    new = [line[2:] for line in changes if line.startswith("+ ") and line[2:]]
    assert new == ["### sweep:sweep_1768904133"], "the heading over runs the team had left out"
    for paragraph in re.split(r"\n{2,}", before.strip()):
        if not paragraph.startswith("|") and not _GENERATED.fullmatch(paragraph):
            assert paragraph in refreshed


def test_every_unfinished_run_is_named(hand_made: Path, refreshed: str) -> None:
    lines = [line for line in refreshed.split("\n") if line.startswith("Unfinished, no final")]
    named = [name for line in lines for name in re.findall(r"`([^`]+)`", line)]
    assert len(named) == len(set(named)) == UNFINISHED
    folders = {path.name for path in (hand_made / "experiments").rglob("*") if path.is_dir()}
    assert {name.rpartition("/")[2] for name in named} <= folders


def test_a_second_refresh_leaves_every_byte_alone(hand_made: Path, refreshed: str) -> None:
    done = run_cli(["refresh"], hand_made)
    assert (done.code, done.out) == (0, f"{PAGE} is up to date (20 runs, 16 unfinished).\n")
    assert (hand_made / PAGE).read_text("utf-8") == refreshed
    assert run_cli(["refresh", "--check"], hand_made).code == 0
    assert run_cli(["init"], hand_made).out.startswith("results-bot.toml is here already")
    assert (hand_made / PAGE).read_text("utf-8") == refreshed


def test_one_changed_metric_changes_one_line_and_the_date(hand_made: Path, refreshed: str) -> None:
    (path,) = hand_made.glob("experiments/overnight_runs/combo_3_mild/**/training_summary.json")
    text = path.read_text("utf-8")
    document = json.loads(text)
    document["best_val_loss"] += 0.0007
    path.write_text(json.dumps(document), "utf-8")
    assert run_cli(["refresh"], hand_made).code == 1
    new = (hand_made / PAGE).read_text("utf-8").split("\n")
    pairs = list(zip(refreshed.split("\n"), new, strict=True))
    changed = [(old, now) for old, now in pairs if old != now]
    dated = [pair for pair in changed if _GENERATED.fullmatch(pair[0])]
    assert len(changed) - len(dated) == 1
    (old, now) = next(pair for pair in changed if pair not in dated)
    assert old.startswith("| combo_3_mild | 0.3827 |")
    assert now == old.replace("| 0.3827 |", "| 0.3834 |")
    path.write_text(text, "utf-8")
