"""The takeaways' block in the page of the example: what it says, where it stands, when it stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from results_bot.example import PAGE, write_tree
from results_bot.page.document import parse_page

from tests.conftest import run_cli, train

GOLDEN = """\
- **Best Test KL divergence (lower is better)**: `combo_4_aggressive` (**0.3260**), but with the \
worst Best Val Loss of its section (0.4496).
- **Best balance**: `higher_lr` (Best Val Loss **0.3769**, Test KL **0.3373**): of the 4 runs \
that no other beats in both, the one that gives up least.
- **Lowest Best Val Loss**: `combo_6_balanced` (**0.3570**), with Test KL at **0.3504** (+0.0244 \
against the best).
- **Plateau**: Test Top-1 is **34.84%** in 17 of 20 runs and Test Top-3 is **97.91%** in 15 of \
them. Each of these runs predicts class 6 for every sample: 34.84% is that class's share of the \
test set, not skill.
- **`focal` runs** (3): Test Top-3 is worse in two of three (95.22% and 94.68%, against 97.91%); \
Test Top-1 is 34.84% as in the rest; their losses are on another scale and are not compared.
- **Left out** of the above, kept for the record: `run_1768745543`, `run_1768749157` and \
`run_1768752721`; measured on 46 samples where the rest have 1,484 and far off the rest (Test KL \
13.9943 to 14.6613 against a median of 0.3984)."""


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """Return the example with its page as the bot writes it."""
    write_tree(tmp_path)
    run_cli(["init", "--no-hook"], tmp_path)
    renew(tmp_path)
    return tmp_path


def renew(root: Path) -> str:
    run_cli(["refresh"], root)
    return (root / PAGE).read_text("utf-8")


def edit(root: Path, old: str, new: str) -> None:
    text = (root / PAGE).read_text("utf-8")
    assert old in text
    (root / PAGE).write_text(text.replace(old, new), "utf-8")


def test_the_block_follows_the_last_section_and_the_rest_is_untouched(team: Path) -> None:
    text = (team / PAGE).read_text("utf-8")
    blocks = parse_page(text).blocks
    assert blocks["takeaways"].content == GOLDEN
    order = [block for block in blocks if block != "generated"]
    assert order[-1] == "takeaways"
    last = text.index(f"<!-- results-bot:end {order[-2]} -->")
    between = text[last:].partition("-->")[2].partition("<!-- results-bot:begin takeaways")[0]
    assert between.strip() == "## Key takeaways"
    assert "## What we think\n\n- Top-1 stays at 34.84%." in text[last:]


def test_the_block_changes_with_the_tables_only(team: Path) -> None:
    text = (team / PAGE).read_text("utf-8")
    edit(team, "(**0.3260**), but with", "(**0.3000**), but with")
    assert renew(team) == text
    # Without the predictions nobody can say why Top-1 stands still; it was said, and holds.
    shutil.rmtree(team / "experiments" / "runs")
    assert renew(team) == text


def test_switched_off_the_block_is_neither_added_nor_changed(team: Path) -> None:
    toml = team / "results-bot.toml"
    toml.write_text("takeaways = false\n" + toml.read_text("utf-8"), "utf-8")
    edit(team, "(**0.3260**), but with", "(**0.3260**), not bad, but with")
    text = renew(team)
    assert "not bad" in text
    before, _, rest = text.partition("## Key takeaways")
    without = before + rest.partition("<!-- results-bot:end takeaways -->")[2].lstrip("\n")
    (team / PAGE).write_text(without, "utf-8")
    assert "takeaways" not in parse_page(renew(team)).blocks
    toml.write_text(toml.read_text("utf-8").removeprefix("takeaways = false\n"), "utf-8")
    assert parse_page(renew(team)).blocks["takeaways"].content == GOLDEN


def test_a_best_value_that_its_own_table_does_not_show(tmp_path: Path) -> None:
    shown = 'title = "A"\nruns = ["experiments/a/*"]\nsort = "test_kl"\ncolumns = ["test_kl"]\n'
    hidden = 'title = "B"\nruns = ["experiments/b/*"]\ncolumns = ["test_top1"]\n'
    sections = f'[[sections]]\nid = "a"\n{shown}[[sections]]\nid = "b"\n{hidden}'
    (tmp_path / "results-bot.toml").write_text(sections, "utf-8")
    for at, folder in enumerate(("a/p", "a/q", "a/r", "b/x", "b/y")):
        values = {"test_kl": 0.5 - at / 100, "test_top1": at / 10, "test_num_samples": 100}
        train(tmp_path, folder, **values)
    run_cli(["refresh"], tmp_path)
    text = (tmp_path / "RESULTS.md").read_text("utf-8")
    assert "`y` (**0.4600**" in parse_page(text).blocks["takeaways"].content
