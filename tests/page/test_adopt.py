"""Pages written by hand, taken over: what a table shows is recognised, all else is left alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from results_bot.config import Config, MetricTable
from results_bot.model import Collection, Direction, Reading, Run, Scalar
from results_bot.page.adopt import Adoption, adopt
from results_bot.page.document import parse_page
from results_bot.page.page import HeadSide, regenerate


def run(path: str, **values: float) -> Run:
    readings = {name: Reading(name, value, f"{path}/m.json") for name, value in values.items()}
    return Run(path, path.rpartition("/")[2], readings)


RUNS = [
    run("exp/a", test_acc=0.91234, test_loss=0.25, val_loss=0.5, epochs=30),
    run("exp/b", test_acc=0.85, test_loss=0.75, val_loss=0.25, epochs=20),
    run("exp/c", test_acc=0.5, test_loss=1.5, val_loss=1.0, epochs=10),
]
ROWS = "| a | 91.23% | 0.250 | 30 |\n| b | 85.00% | 0.750 | 20 |\n| c | 50.00% | 1.500 | 10 |\n"
HEAD = "| Model | Acc. | Loss | Ep |\n|:--|--:|--:|--:|\n"
PAGE = f"# Ours\n\nHello.\n\n## Main (`exp/`)\n\n{HEAD}{ROWS}\nBye.\n"


def lines_added(text: str, found: Adoption) -> list[str]:
    """Return the lines that adoption put in; nothing else may differ."""
    before, after = text.split("\n"), found.text.split("\n")
    added = []
    position = 0
    for line in after:
        if position < len(before) and line.rstrip("\r") == before[position].rstrip("\r"):
            position += 1
        else:
            added.append(line)
    assert position == len(before), "a line of the page is gone"
    return added


def test_columns_are_known_by_their_numbers() -> None:
    found = adopt(PAGE, RUNS)
    (section,) = found.sections
    assert section.id == "main"
    assert (section.title, section.runs, section.run_title) == ("Main", ("exp/*",), "Model")
    assert section.columns == ("test_acc", "test_loss", "epochs")
    assert [found.metrics[key].title for key in section.columns] == ["Acc.", "Loss", "Ep"]
    assert [found.metrics[key].format for key in section.columns] == [".2%", ".3f", "d"]
    assert found.metrics["test_acc"].direction is Direction.HIGHER
    assert section.sort == "test_acc"
    assert [line for line in lines_added(PAGE, found) if line] == [
        "<!-- results-bot:begin main -->",
        "<!-- results-bot:end main -->",
    ]
    assert "Hello." not in parse_page(found.text).blocks["main"].content
    again = adopt(found.text, RUNS)
    assert (found.left, again.adopted, again.left) == ([], [], [])


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", ["\n\nBye.\n", "\n", "", "\n## Next\n"])
def test_whatever_stands_behind_the_table_stays(newline: str, tail: str) -> None:
    text = f"# Ours\n\n{HEAD}{ROWS.rstrip(chr(10))}{tail}".replace("\n", newline)
    found = adopt(text, RUNS)
    assert found.adopted == ["ours"]
    lines_added(text, found)
    assert ("\r\n" in found.text) is (newline == "\r\n")
    assert found.text.count("\n") == found.text.count(newline)


NO_RUNS = "its first column names no runs whose numbers are in it"


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("| x | 1 |", NO_RUNS),
        ("| a | 12.00% |\n| b | 13.00% |", NO_RUNS),  # Runs, but other numbers.
        ("| a | 91.23% |\n| x | 1 |\n| y | 2 |", NO_RUNS),  # Fewer than half are runs.
        ("| a | 91.23% |\n| a | 91.23% |", "two of its rows are called 'a'"),
        ("| 1 | 91.23% | 0.250 | 30 |\n| 2 | 85.00% | 0.750 | 20 |", NO_RUNS),  # Ranks.
        ("| x | 1 | 0 |", NO_RUNS),  # Digits that any run may be rounded to.
        (
            "| a | 91.23% | 0.750 |\n| b | 85.00% | 1.500 |",
            "its column 'Loss' shows other runs than its rows",
        ),
        (
            "| a | 91.23% | 0.25 ± 0.10 |\n| b | 85.00% | 0.75 ± 0.20 |",
            "its column 'Loss' shows a spread that is not of seeds",
        ),
    ],
)
def test_what_is_no_table_of_runs_is_left_alone_with_the_reason(rows: str, reason: str) -> None:
    head = "| Run | Acc | Loss | Val |\n|---|---|---|---|"
    text = f"# Page\n\n{head}\n{rows}\n\nBye.\n"
    found = adopt(text, RUNS)
    assert found.text == text
    assert found.left == [(3, reason)]


def test_a_table_of_the_same_runs_is_taken_over_once() -> None:
    found = adopt(f"{PAGE}\n## Again\n\n{HEAD}{ROWS}", RUNS)
    assert found.adopted == ["main"]
    assert found.left == [(17, "section `main` has a table already")]


def test_two_tables_of_one_folder_each_keep_their_runs() -> None:
    head = "| Run | Acc |\n|---|---|\n"
    text = f"## One\n\n{head}| a | 91.23% |\n\n## Two\n\n{head}| b | 85.00% |\n| c | 50.00% |\n"
    found = adopt(text, RUNS)
    assert [(one.id, one.runs) for one in found.sections] == [
        ("two", ("exp/b", "exp/c")),
        ("one", ("exp/*",)),
    ]


@pytest.mark.parametrize("first", ["", "Metric"])
def test_runs_as_columns_are_named_so_in_the_first_cell(first: str) -> None:
    rows = "| Acc | 91.23% | 85.00% |\n| Loss | 0.25 | 0.75 |\n"
    text = f"## T\n\n| {first} | a | b |\n|---|---|---|\n{rows}"
    found = adopt(text, RUNS)
    assert "| Metric / Run | a | b |" in found.text
    assert found.sections[0].transpose
    assert refreshed(text, RUNS[:2]).count("| Loss | 0.25 | 0.75 |") == 1


@pytest.mark.parametrize(
    ("cells", "spec"),
    [
        (("91.2", "85.0"), ".1f"),
        (("0.912", "0.850"), ".3f"),
        (("91%", "85%"), ".0%"),
        (("91.23%", "85.00%"), ".2%"),
    ],
)
def test_the_format_is_the_pages(cells: tuple[str, str], spec: str) -> None:
    percent = spec == ".1f"
    runs = [run("r/a", acc=91.2 if percent else 0.9123), run("r/b", acc=85.0 if percent else 0.85)]
    found = adopt(f"| R | A |\n|---|---|\n| a | {cells[0]} |\n| b | {cells[1]} |\n", runs)
    assert found.metrics["acc"].format == spec


def test_the_sentence_on_the_order_tells_name_and_direction() -> None:
    text = (
        "## T\n\nSorted by **Validation score (lower is better)**.\n\n"
        "| Run | Validation | Acc |\n|---|---|---|\n"
        "| b | 0.2500 | 85.00% |\n| a | 0.5000 | 91.23% |\n"
    )
    found = adopt(text, RUNS)
    assert found.sections[0].sort == "val_loss"
    metric = found.metrics["val_loss"]
    assert (metric.title, metric.long_title) == ("Validation", "Validation score")
    assert metric.direction is Direction.LOWER
    assert "Sorted by" in parse_page(found.text).blocks["t"].content


def test_an_arrow_in_a_heading_states_the_direction() -> None:
    text = "| R | Forget acc ↓ |\n|---|---|\n| b | 85.00% |\n| a | 91.23% |\n"
    found = adopt(text, [run("r/a", acc=0.9123), run("r/b", acc=0.85)])
    metric = found.metrics["acc"]
    assert (metric.title, metric.direction) == ("Forget acc ↓", Direction.LOWER)
    assert found.sections[0].sort == "acc"
    config = Config(metrics={"acc": MetricTable(title=metric.title)})
    assert config.metric("acc").direction is Direction.LOWER


def test_two_folders_under_one_heading_and_a_wild_path_are_sections_by_folder() -> None:
    runs = [run(f"runs/sweep_{n}/{name}", acc=0.5 + n / 10) for n in (1, 2) for name in "xy"]
    table = "| R | Acc |\n|---|---|\n| x | {0} |\n| y | {0} |\n"
    text = (
        "## Sweeps (`runs/sweep_*`)\n\n### sweep_1\n\n"
        + table.format("60.00%")
        + "\n### sweep_2\n\n"
        + table.format("70.00%")
    )
    found = adopt(text, runs)
    (section,) = found.sections
    assert (section.by_folder, section.title, section.level) == (True, "{folder}", 3)
    assert section.runs == ("runs/sweep_*/*",)
    assert found.adopted == ["sweeps/sweep_1", "sweeps/sweep_2"]


def test_the_line_with_the_date_is_taken_over_where_a_table_is() -> None:
    found = adopt(f"Generated: **yesterday**\n\n{PAGE}", RUNS)
    assert parse_page(found.text).blocks["generated"].content == "Generated: **yesterday**"
    text = "Generated: **yesterday**\n\nNo table here.\n"
    assert adopt(text, RUNS).text == text


def refreshed(text: str, runs: Sequence[Run], later: Sequence[Run] | None = None) -> str:
    """Return the page after `init` and `refresh`, without the markers.

    `later` are the runs as they are when the page is refreshed.
    """
    found = adopt(text, runs)
    runs = later or runs
    assert found.left == []
    config = Config(
        page="RESULTS.md",
        takeaways=False,
        metrics=found.metrics,
        sections=tuple(found.sections),
        fold_seeds=found.fold_seeds,
        best_in_bold=found.best_in_bold,
    )
    day = datetime(2026, 1, 2, tzinfo=UTC)
    page = regenerate(
        HeadSide(found.text, Collection(tuple(runs))), config, config.sections, day
    ).text
    assert (
        page
        == regenerate(HeadSide(page, Collection(tuple(runs))), config, config.sections, day).text
    )
    return re.sub(r"<!-- results-bot:.*-->\n\n?", "", page).replace("\n\n\n", "\n\n")


def seed(name: str, number: int, accuracy: float) -> Run:
    path = f"exp/{name}_seed{number}"
    settings: dict[str, Scalar] = {"model": name, "seed": number}
    readings = {"test_accuracy": Reading("test_accuracy", accuracy, f"{path}/m.json")}
    return Run(path, f"{name}_seed{number}", readings, settings)


MODELS = [
    run(
        "exp/r50_final_v2",
        test_accuracy=0.91234,
        test_loss=0.2517,
        latency_ms=75.68,
        params=25557032,
    ),
    run("exp/vit-b", test_accuracy=0.85123, test_loss=0.7521, latency_ms=101.24),
    run("exp/tiny", test_accuracy=0.50321, test_loss=1.5077, latency_ms=9.5),
]
SEEDS = [seed(name, n, 0.9 - 0.1 * at + n / 100) for at, name in enumerate("ab") for n in range(3)]
KEPT = {
    "names and headings of their own, found by the numbers": (
        MODELS,
        """\
# Ours

| Network | Quality | Objective |
|---|---|---|
| ResNet-50 | 91.23% | 0.2517 |
| ViT-B | 85.12% | 0.7521 |
| our *tiny* net | 50.32% | 1.5077 |
""",
    ),
    "percentages without the sign, units, alignment": (
        MODELS,
        """\
# Ours

| Network | Acc (%) | Time |
|:---|---:|---:|
| r50_final_v2 | 91.2 | 75.7 ms |
| vit-b | 85.1 | 101.2 ms |
| tiny | 50.3 | 9.5 ms |
""",
    ),
    "runs as columns": (
        MODELS,
        """\
# Ours

| Metric / Model | r50_final_v2 | vit-b | tiny |
|---|---|---|---|
| Accuracy | 0.912 | 0.851 | 0.503 |
| Loss | 0.252 | 0.752 | 1.508 |
""",
    ),
    "runs as columns, and columns of people in their order": (
        MODELS,
        """\
# Ours

| Metric / Run | r50_final_v2 | vit-b | tiny | n | Delta |
|---|---|---|---|---|---|
| Accuracy | 91.2% | 85.1% | 50.3% | 200 | -6.1 pp |
| Loss | 0.252 | 0.752 | 1.508 | - | +0.500 |
""",
    ),
    "a published result, a note with a link, the best in bold": (
        MODELS,
        """\
# Ours

| Model | Accuracy | Loss | Note |
|---|---|---|---|
| r50_final_v2 | **91.23%** | **0.2517** | see [W&B](https://wandb.ai/x/1) |
| vit-b | 85.12% | 0.7521 | `--epochs 300`, _slow_ |
| tiny | 50.32% | 1.5077 | as in [1], a < b_ & 2 * 3 |
| **SOTA** (paper) | 95.0% | n/a | [arXiv](https://arxiv.org/abs/1) |
""",
    ),
    "means of seeds": (
        SEEDS,
        """\
# Ours

| Model | Accuracy |
|---|---|
| a | 0.91 ± 0.01 |
| b | 0.81 ± 0.01 |
""",
    ),
    "single seeds": (
        SEEDS,
        """\
# Ours

| Run | Accuracy |
|---|---|
| a_seed2 | 92.00% |
| a_seed1 | 91.00% |
| a_seed0 | 90.00% |
| b_seed2 | 82.00% |
| b_seed1 | 81.00% |
| b_seed0 | 80.00% |
""",
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_table_stays_as_its_owner_wrote_it(name: str) -> None:
    runs, page = KEPT[name]
    runs = [one for one in runs if one.name != "tiny" or "tiny" in page]
    table = page.removeprefix("# Ours\n\n").rstrip()
    assert refreshed(page, runs).partition("\n\n| ")[2].partition("\n\n")[0] == table[2:]


@pytest.mark.parametrize(
    ("cell", "follows"),
    [("0.001", True), ("1e-3", False), ("[0.001](https://wandb.ai/1)", False)],
)
def test_a_column_of_settings_follows_them(cell: str, follows: bool) -> None:
    page = f"""\
# R

| Model | LR | Commit | Acc |
|---|---|---|---|
| a | {cell} | c0ffee1 | 91.2% |
| b | 0.01 | — | 90.1% |
"""
    # The weight decay is the learning rate as the page has it, and is another setting.
    settings = {"lr": 0.001, "commit": "c0ffee1", "weight_decay": cell}
    a = replace(run("exp/a", test_accuracy=0.912), params=settings)
    b = replace(run("exp/b", test_accuracy=0.901), params={"lr": 0.01, "weight_decay": "0.01"})
    assert page.removeprefix("# R\n\n") in f"{refreshed(page, [a, b])}\n"
    again = replace(a, params={"lr": 0.3, "commit": "beef002"})
    text = refreshed(page, [a, b], [again, b])
    assert f"| a | {'0.3' if follows else cell} | beef002 | 91.2% |" in text


def test_every_column_that_was_taken_over_follows_its_artifact() -> None:
    page = KEPT["percentages without the sign, units, alignment"][1]
    better = run("exp/tiny", test_accuracy=0.6111, test_loss=1.2, latency_ms=8.04, params=1)
    found = adopt(page, MODELS)
    config = Config(page="RESULTS.md", metrics=found.metrics, sections=tuple(found.sections))
    runs = Collection((*MODELS[:2], better))
    text = regenerate(HeadSide(found.text, runs), config, config.sections, datetime.now(UTC)).text
    assert "| tiny | 61.1 | 8.0 ms |" in text


def test_a_column_follows_every_name_that_its_metric_has() -> None:
    runs = [run("exp/a", acc=0.9123), run("exp/b", **{"512.acc": 0.8512, "512.f1": 0.71})]
    page = (
        "| Run | Acc | Accel |\n|---|---|---|\n| a (int4) | 0.912 | 0.9 |\n| b | 0.851 | 16.0 |\n"
    )
    found = adopt(page, runs)
    (section,) = found.sections
    assert section.names == {"a": "a (int4)"}
    acc, note = (found.metrics[key] for key in section.columns)
    assert (acc.sources, note.sources) == (("acc", "512.acc"), ())


@pytest.mark.parametrize(
    ("form", "sources"), [("{}*", ("test_loss",)), ("{} [1]", ()), ("{} (0.01)", ())]
)
def test_texts_beside_numbers_are_no_numbers_of_other_runs(
    form: str, sources: tuple[str, ...]
) -> None:
    page = f"{HEAD}{ROWS}".replace("0.250", form.format("0.250"))
    found = adopt(page.replace("0.750", form.format("0.750")), RUNS)
    (section,) = found.sections
    loss = found.metrics[section.columns[1]]
    # What most cells have in brackets may be results, and refresh would remove it.
    assert (loss.title, loss.sources or section.columns[1:2] * bool(sources)) == ("Loss", sources)


def test_what_cannot_follow_is_kept_as_text() -> None:
    page = "| Run | Acc |\n|---|---|\n| a | 0.91 ± 0.02 |\n| b | 0.85 ± 0.01 |\n"
    found = adopt(page + page.replace(" ± 0.02", "").replace(" ± 0.01", ""), RUNS)
    assert found.left or found.metrics["acc"].sources == ()


@pytest.mark.parametrize(
    ("also", "patterns"),
    [
        ((), ("exp/*/*",)),
        ((run("exp/other/s0", test_acc=0.1),), ("exp/deep/*", "exp/wide/*")),
        ((run("exp/other", test_acc=0.1),), ("exp/deep/*", "exp/wide/*")),
    ],
)
def test_a_table_of_all_folders_takes_those_to_come(
    also: Sequence[Run], patterns: tuple[str, ...]
) -> None:
    shown = [
        run("exp/deep/s0", test_acc=0.91234, test_loss=0.2512),
        run("exp/wide/s0", test_acc=0.85678, test_loss=0.7512),
    ]
    rows = "| deep/s0 | 91.23% | 0.2512 |\n| wide/s0 | 85.68% | 0.7512 |\n"
    page = f"# Ours\n\n| Run | Acc. | Loss |\n|---|---|---|\n{rows}"
    (section,) = adopt(page, [*shown, *also]).sections
    assert section.runs == patterns


def test_a_table_of_options_is_no_table_of_a_run() -> None:
    page = """\
| Flag | Default | Description |
|---|---|---|
| `--checkpoint` | `org/Model-7B` | Model path |
| `-n` / `--num-examples` | `5` | Number of examples to run |
| `--top-k` | `20` | Retrieval top-k |
| `--max-new-tokens` | `512` | Token budget |
| `--temperature` | `0.3` | Generation temperature |
"""
    only = run("results", bleu=0.0504, f1=0.2012, exact_match=0.3041, perplexity=511.9)
    found = adopt(page, [only])
    assert (found.text, found.left) == (page, [(1, NO_RUNS)])
    same = page.replace("`--top-k` |", "`f1` |")
    assert adopt(same, [only]).sections[0].transpose


def test_a_number_that_all_runs_share_is_a_metric_only_by_its_name() -> None:
    runs = [
        run(f"exp/{name}", accuracy=accuracy, support_share=0.1, total_epochs=50)
        for name, accuracy in (("a", 0.8771), ("b", 0.9191))
    ]
    page = (
        "| Run | Acc | lr | Epochs |\n|---|---|---|---|\n"
        "| a | 87.71 | 0.1 | 50 |\n| b | 91.91 | 0.1 | 50 |\n"
    )
    found = adopt(page, runs)
    (section,) = found.sections
    assert section.columns == ("accuracy", "lr", "total_epochs")
    assert found.metrics["lr"].sources == ()
