"""What the owner of a page may choose or write by hand: columns, links, bold, order, markup."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from results_bot.config import Config, MetricTable, SectionTable, parse
from results_bot.judge.rules import best_regressed, hand_edited
from results_bot.model import Collection, Direction, Reading, Run
from results_bot.page.document import block_text, parse_page
from results_bot.page.facts import Facts
from results_bot.page.page import Fresh, HeadSide, regenerate
from results_bot.page.plan import Touched
from results_bot.page.takeaways import takeaways

from tests.judge.build import case

SECTION = SectionTable(id="s", runs=("exp/*",), parameters=False)
DAY = datetime(2026, 1, 2, tzinfo=UTC)


def run(name: str, accuracy: float, loss: float, **settings: str) -> Run:
    path = f"exp/{name}"
    values = {"test_accuracy": accuracy, "test_loss": loss}
    found = {key: Reading(key, value, f"{path}/m.json") for key, value in values.items()}
    return Run(path, name, found, settings, (f"{path}/m.json",))


RUNS = (
    run("a", 0.9, 0.5, tracker="https://wandb.ai/t/p/1", commit="c0ffee"),
    run("b", 0.8, 0.25, tracker="https://wandb.ai/t/p/2"),
    run("c", 0.7, 0.75, tracker="javascript:alert(1)"),
)


def made(
    old: str | None = None, section: SectionTable = SECTION, config: Config | None = None
) -> Fresh:
    config = config or Config(page="RESULTS.md")
    return regenerate(HeadSide(old, Collection(RUNS)), config, (section,), DAY)


def block(settings: Mapping[str, object], config: Config | None = None) -> str:
    """Return the section's lines; they are the same when the page is made again."""
    section = replace(SECTION, **settings)
    text = made(None, section, config).text
    assert made(text, section, config).text == text
    content = parse_page(text).blocks["s"].content
    return content.removeprefix("Sorted by **Test Accuracy (higher is better)**.\n\n")


HEAD = "| Run | Test Accuracy | Test Loss |\n|---|---:|---:|\n"
A, B, C = "| a | 90.00% | 0.5000 |", "| b | 80.00% | 0.2500 |", "| c | 70.00% | 0.7500 |"
LAYOUTS: dict[str, tuple[dict[str, object], str]] = {
    "numbers are aligned right": ({}, f"{HEAD}{A}\n{B}\n{C}"),
    "a hidden column": (
        {"hide": ("test_loss",)},
        "| Run | Test Accuracy |\n|---|---:|\n| a | 90.00% |\n| b | 80.00% |\n| c | 70.00% |",
    ),
    "columns in the order given": (
        {"columns": ("test_loss", "test_accuracy"), "sort": "test_accuracy"},
        "| Run | Test Loss | Test Accuracy |\n|---|---:|---:|\n"
        "| a | 0.5000 | 90.00% |\n| b | 0.2500 | 80.00% |\n| c | 0.7500 | 70.00% |",
    ),
    "a setting that a job logged, such as its commit": (
        {"parameters": ("commit",), "hide": ("test_loss",)},
        "| Run | commit | Test Accuracy |\n|---|---|---:|\n"
        "| a | c0ffee | 90.00% |\n| b | — | 80.00% |\n| c | — | 70.00% |",
    ),
    "the best rows in sight": (
        {"top": 1},
        f"{HEAD}{A}\n\n<details><summary>2 more runs</summary>\n\n{HEAD}{B}\n{C}\n\n</details>",
    ),
    "runs as columns": (
        {"transpose": True},
        "| Metric / Run | a | b | c |\n|---|---:|---:|---:|\n"
        "| Test Accuracy | 90.00% | 80.00% | 70.00% |\n| Test Loss | 0.5000 | 0.2500 | 0.7500 |",
    ),
    "a link to the folder": (
        {"link": "{path}", "hide": ("test_loss",)},
        "| Run | Test Accuracy |\n|---|---:|\n| [a](exp/a) | 90.00% |\n| [b](exp/b) | 80.00% |\n"
        "| [c](exp/c) | 70.00% |",
    ),
    "a link to the tracker, which only the web may be": (
        {"link": "{tracker}", "hide": ("test_loss",)},
        "| Run | Test Accuracy |\n|---|---:|\n| [a](https://wandb.ai/t/p/1) | 90.00% |\n"
        "| [b](https://wandb.ai/t/p/2) | 80.00% |\n| c | 70.00% |",
    ),
    "no link without the setting": (
        {"link": "https://example.org/commit/{commit}", "hide": ("test_loss",)},
        "| Run | Test Accuracy |\n|---|---:|\n| [a](https://example.org/commit/c0ffee) | 90.00% |\n"
        "| b | 80.00% |\n| c | 70.00% |",
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name: str) -> None:
    settings, expected = LAYOUTS[name]
    assert block(settings) == expected


def test_a_link_starts_where_the_page_is() -> None:
    content = block({"link": "{path}"}, Config(page="docs/RESULTS.md"))
    assert "| [a](../exp/a) |" in content


def test_the_best_of_each_column_in_bold() -> None:
    config = Config(page="RESULTS.md", best_in_bold=True)
    assert block({}, config) == (
        f"{HEAD}| a | **90.00%** | 0.5000 |\n| b | 80.00% | **0.2500** |\n{C}"
    )
    without = made(None, config=config).text
    assert "**" not in parse_page(made(without).text).blocks["s"].content.partition("\n\n")[2]


OLD = """| Run | Test Accuracy | Test Loss | Note |
|:--|--:|---|---|
| a | 90.00% | 0.5000 | [W&B](https://wandb.ai/x?a=1\\|2) tried a **bigger** head |
| b | 80.00% | n/a | https://wandb.ai/x see `cfg.yaml`, _it_ |
| **paper** (state of the art) | 95.00% | n/a | [link](https://arxiv.org/abs/1) |"""


def test_people_put_the_best_of_their_own_column_in_bold() -> None:
    own = MetricTable(title="Δ Accuracy", direction=Direction.HIGHER, sources=())
    config = Config(page="RESULTS.md", best_in_bold=True, metrics={"delta": own})
    old = """| Run | Test Accuracy | Test Loss | Δ Accuracy |
|---|---|---|---|
| a | 90.00% | 0.5000 | +1.0 |
| b | 80.00% | 0.2500 | **-9.0** |"""
    text = made(block_text("s", old), config=config).text
    assert "| a | **90.00%** | 0.5000 | +1.0 |" in text
    assert "| b | 80.00% | **0.2500** | **-9.0** |" in text


def test_a_cell_that_people_fill_in_stays_where_the_run_is_trained_again() -> None:
    own = MetricTable(title="Δ Accuracy", direction=Direction.HIGHER, sources=())
    old = """| Run | Test Accuracy | Δ Accuracy |
|---|---|---|
| a | 89.00% | +1.0 |
| b | 80.00% | -9.0 |"""
    text = made(block_text("s", old), config=Config("RESULTS.md", metrics={"delta": own})).text
    assert "| a | 90.00% | +1.0 |" in text


@pytest.mark.parametrize(
    ("cells", "metric"),
    [
        (("0.5000", "0.25"), "test_loss"),
        (("0.5000", "0.2600"), "ours"),
        (("0.5000", "—"), "ours"),
        (("90.00%", "80.00%"), "ours"),
    ],
)
def test_a_column_is_the_metric_whose_values_it_has(cells: tuple[str, str], metric: str) -> None:
    """Not by one number, and not a metric that has a column already."""
    old = f"""| Run | Test Accuracy | Ours |
|---|---|---|
| a | 90.00% | {cells[0]} |
| b | 80.00% | {cells[1]} |"""
    (section,) = made(block_text("s", old)).summary.sections
    assert [(one.key, one.title) for one in section.metrics][1] == (metric, "Ours")


def test_a_column_of_people_with_the_values_of_a_hidden_metric_stays() -> None:
    old = "| Run | Ours |\n|---|---|\n| a | 0.5000 |\n| b | 0.2500 |"
    text = made(block_text("s", old), replace(SECTION, hide=("test_loss",))).text
    assert "| b | 0.2500 |" in text


def test_notes_and_rows_of_people_keep_their_markup() -> None:
    section = replace(SECTION, baselines=("paper (state of the art)",))
    text = made(block_text("s", OLD), section).text
    for line in OLD.split("\n")[2:]:
        assert line.rpartition(" | ")[2] in text
    assert "| **paper** (state of the art) | 95.00% | n/a | [link](https://arxiv" in text
    assert "|:---|---:|---|---|\n" in text, "the alignment stays"
    assert made(text, section).text == text


def test_a_row_of_people_is_shown_last_and_never_the_best() -> None:
    section = replace(SECTION, baselines=("paper (state of the art)",))
    config = Config(page="RESULTS.md", best_in_bold=True)
    fresh = made(block_text("s", OLD), section, config)
    (only,) = fresh.summary.sections
    assert [row.run for row in only.rows] == ["a", "b", "c", "paper (state of the art)"]
    assert "| a | **90.00%** |" in fresh.text
    assert only.is_complete
    assert "`a`" in takeaways(Facts(fresh.summary))[0]


def test_the_best_run_is_judged_without_the_rows_of_people() -> None:
    section = replace(SECTION, baselines=("paper (state of the art)",))
    before = made(block_text("s", OLD), section)
    config = Config(page="RESULTS.md")
    rest = Collection(RUNS[1:])
    deleted = Touched({*RUNS[0].files})
    side = HeadSide(
        before.text, rest, former=lambda _: before.runs, commits=["HEAD"], touched=deleted
    )
    after = regenerate(side, config, (section,), DAY)
    judged = case(before.summary, after.summary)
    (found,) = best_regressed.findings(judged)
    assert found.message.startswith("Best Test Accuracy 90.00% to 80.00%")
    assert not [*hand_edited.findings(replace(judged, page=after.summary))]


def test_a_table_that_a_formatter_padded_is_not_rewritten() -> None:
    text = made(None).text
    padded = text.replace("| Run |", "| Run   |").replace("|---|---:|", "| ----- | ---: |")
    assert padded != text
    assert made(padded).text == padded
    worse = padded.replace("90.00%", "91.00%")
    assert "| a | 90.00% | 0.5000 |" in made(worse).text


def test_the_keys_of_the_configuration() -> None:
    config = parse(
        "best-in-bold = true\n[[sections]]\nid = 's'\nruns = ['x/*']\nlink = '{path}'\ntop = 3\n"
        "hide = ['loss']\ntranspose = true\nbaselines = ['paper']\n",
        "results-bot.toml",
    )
    (section,) = config.sections
    assert (section.link, section.top, section.hide, section.transpose, section.baselines) == (
        "{path}", 3, ("loss",), True, ("paper",),
    )  # fmt: skip
    assert config.best_in_bold
