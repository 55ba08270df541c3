"""One comparison, whichever command asks for it: each page by its own commit's settings."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import commit_all, git, run_cli, train

TASKS = {f"task{number}_acc": 0.8 + number / 100 for number in range(1, 10)}


def committed(root: Path, runs: dict[str, dict[str, float]], message: str = "First") -> None:
    """Write the runs, refresh the page and commit all."""
    for run, values in runs.items():
        train(root, run, **values)
    run_cli(["refresh"], root)
    commit_all(root, message)


def found(root: Path, *arguments: str) -> dict[tuple[str, str], str]:
    """Return the messages of what `diff` finds, by rule and metric."""
    done = json.loads(run_cli(["diff", *(arguments or ("HEAD",)), "--json"], root).out)
    new = (one for one in done["findings"] if not one["known"])
    return {(one["id"], one["metric"] or ""): one["message"] for one in new}


@pytest.mark.parametrize("arguments", [("HEAD~1",), ("HEAD~1", "HEAD")])
@pytest.mark.parametrize(
    "config", ["", "[tolerance]\nrelative = 0.01\n", "[tolerance]\nrelative = 0\n"]
)
def test_every_tolerance_counts_between_commits(
    tmp_path: Path, config: str, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "results-bot.toml").write_text(config)
    committed(tmp_path, {"a": {"test_accuracy": 0.9633, "test_auroc": 0.9989}})
    committed(tmp_path, {"a": {"test_accuracy": 0.9655, "test_auroc": 0.9990}}, "Second")
    out = run_cli(["diff", *arguments], tmp_path).out
    assert ("within 1%" in out) == ("= 0\n" not in config)
    assert ("better" in out) == ("= 0\n" in config)


@pytest.mark.parametrize("arguments", [("HEAD~1",), ("HEAD~1", "HEAD")])
def test_the_page_of_the_base_is_read_with_the_settings_of_the_base(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    config = tmp_path / "results-bot.toml"
    config.write_text('[metrics.score]\ntitle = "Old title"\ndirection = "higher"\n')
    committed(tmp_path, {"a": {"score": 0.9, "test_loss": 0.1}})
    config.write_text('[metrics.score]\ntitle = "New title"\ndirection = "higher"\n')
    (tmp_path / "RESULTS.md").unlink()
    committed(tmp_path, {"a": {"score": 0.5, "test_loss": 0.1}}, "Second")
    found = json.loads(run_cli(["diff", *arguments, "--json"], tmp_path).out)
    changes = [
        (one["metric"], one["before"]["text"], one["after"]["text"]) for one in found["changes"]
    ]
    assert changes == [("score", "0.9000", "0.5000")]


def test_unknown_directions_are_asked_about_in_one_line(tmp_path: Path) -> None:
    train(tmp_path, test_loss=0.1, wombats=3.0, latency_budget_use=1.0, accuracy_drop=0.2)
    out = run_cli(["init", "--no-hook"], tmp_path).out
    asked = [line for line in out.splitlines() if "Which way" in line]
    assert len(asked) == 1
    assert all(name in asked[0] for name in ("wombats", "latency_budget_use", "accuracy_drop"))


def test_a_metric_without_a_column_is_judged(tmp_path: Path) -> None:
    committed(tmp_path, {"a": TASKS, "b": TASKS})
    train(tmp_path, "a", **TASKS | {"task9_acc": 0.11})
    worse = "Task9 Accuracy of a is worse: 89.00% to 11.00% (-78.00 pp)"
    assert found(tmp_path) == {("metric-regressed", "task9_acc"): worse}
    committed(tmp_path, {}, "Second")
    assert "task9" not in (tmp_path / "RESULTS.md").read_text().lower()
    assert found(tmp_path, "HEAD~1", "HEAD") == {("metric-regressed", "task9_acc"): worse}
    train(tmp_path, "a", **dict([*TASKS.items()][:-1]))
    lost = "Task9 Accuracy of a is gone (was 11.00%)"
    assert found(tmp_path) == {("metric-lost", "task9_acc"): lost}


@pytest.mark.parametrize(
    ("came", "end"),
    [
        (("test_macro_f1",), "; new in its place, perhaps: Test Macro F1"),
        (("test_macro_f1", "test_auroc"), ""),
        ((), ""),
    ],
)
def test_a_metric_that_came_for_a_lost_one_is_named(
    tmp_path: Path, came: Sequence[str], end: str
) -> None:
    committed(tmp_path, {run: {"test_acc": 0.9, "test_f1_macro": 0.8} for run in "ab"})
    for run in "ab":
        train(tmp_path, run, test_acc=0.9, **dict.fromkeys(came, 0.7))
    lost = f"Test F1 Macro of a and b is gone{end}"
    assert found(tmp_path)["metric-lost", "test_f1_macro"] == lost


@pytest.mark.parametrize(
    "after", ["", '[metrics.test_acc]\nsources = ["test_accuracy", "test_acc"]\n']
)
def test_a_metric_renamed_below_one_title_is_judged_once(tmp_path: Path, after: str) -> None:
    """The page read `test_acc` and reads `test_accuracy` for the same column."""
    rest = TASKS | {"f1": 0.8}
    committed(tmp_path, {"a": {"test_acc": 0.91, **rest}, "b": {"test_acc": 0.9, **rest}})
    assert "Test Accuracy" in (tmp_path / "RESULTS.md").read_text()
    (tmp_path / "results-bot.toml").write_text(after)
    train(tmp_path, "a", test_accuracy=0.91, **rest)
    train(tmp_path, "b", test_accuracy=0.9, **rest)
    assert found(tmp_path) == {}
    train(tmp_path, "b", test_accuracy=0.6, **rest)
    assert {rule for rule, _ in found(tmp_path)} == {"metric-regressed"}


def test_another_metric_of_a_shown_title_is_lost(tmp_path: Path) -> None:
    config = '[[sections]]\nid = "main"\nruns = ["experiments/*"]\n'
    (tmp_path / "results-bot.toml").write_text(f'{config}columns = ["test_accuracy", "f1"]\n')
    both = {"test_accuracy": 0.9, "test_acc": 0.8, "f1": 0.7}
    committed(tmp_path, {"a": both, "b": both})
    train(tmp_path, "a", test_accuracy=0.9, f1=0.7)
    train(tmp_path, "b", test_accuracy=0.9, f1=0.7)
    assert found(tmp_path).keys() == {("metric-lost", "test_acc")}


def test_a_metric_without_a_column_is_judged_in_a_section_of_one_run(tmp_path: Path) -> None:
    runs = [f"{folder}/{run}" for folder in ("all", "more/one", "more/two") for run in "ab"]
    committed(tmp_path, dict.fromkeys(runs, TASKS))
    for run in ("more/one/b", "more/two/b"):  # The sections stay, since the page has them.
        (tmp_path / "experiments" / run / "metrics.json").unlink()
    committed(tmp_path, {}, "Second")
    train(tmp_path, "more/one/a", **TASKS | {"task9_acc": 0.11})
    assert ("metric-regressed", "task9_acc") in found(tmp_path)


def test_columns_that_the_change_leaves_out_are_judged(tmp_path: Path) -> None:
    config = '[[sections]]\nid = "main"\nruns = ["experiments/*"]\n'
    (tmp_path / "results-bot.toml").write_text(config)
    committed(tmp_path, {"a": {"acc": 0.9, "f1": 0.8}})
    (tmp_path / "results-bot.toml").write_text(f'{config}columns = ["acc"]\n')
    train(tmp_path, "a", acc=0.9, f1=0.4)
    assert ("metric-regressed", "f1") in found(tmp_path)


def lm_eval(root: Path, **scores: float) -> None:
    """Write what lm-evaluation-harness writes of a task that has a metric of its own."""
    folder = root / "experiments/a"
    folder.mkdir(parents=True, exist_ok=True)
    task = {f"{name},none": score for name, score in scores.items()}
    ways = {"acc": True, "odd": False}
    document = {"results": {"arc": task}, "versions": {}, "higher_is_better": {"arc": ways}}
    (folder / "results.json").write_text(json.dumps(document))


@pytest.mark.parametrize("column", ["arc_acc", "arc_odd"])
def test_the_configured_direction_wins_with_a_column_or_without(
    tmp_path: Path, column: str
) -> None:
    (tmp_path / "results-bot.toml").write_text(
        '[metrics.arc_odd]\ndirection = "higher"\n'
        f'[[sections]]\nid = "main"\nruns = ["experiments/*"]\ncolumns = ["{column}"]\n'
    )
    lm_eval(tmp_path, acc=0.9, odd=0.8)
    committed(tmp_path, {})
    lm_eval(tmp_path, acc=0.9, odd=0.2)
    assert ("metric-regressed", "arc_odd") in found(tmp_path)


def test_seeds_of_a_metric_without_a_column_are_its_noise(tmp_path: Path) -> None:
    spread = (0.89, 0.80, 0.71)
    seeds = {f"a_seed{at}": TASKS | {"task9_acc": acc} for at, acc in enumerate(spread)}
    committed(tmp_path, seeds)
    for at, acc in enumerate((0.70, 0.87, 0.76)):
        train(tmp_path, f"a_seed{at}", **TASKS | {"task9_acc": acc})
    assert found(tmp_path) == {}
    for at in range(3):
        train(tmp_path, f"a_seed{at}", **TASKS | {"task9_acc": 0.1 + at / 100})
    assert ("metric-regressed", "task9_acc") in found(tmp_path)


@pytest.mark.parametrize("fifth", [float("nan"), 0.902])
def test_a_seed_that_diverged_hides_no_drop_of_the_others(tmp_path: Path, fifth: float) -> None:
    before, after = (0.90, 0.91, 0.905, 0.903, fifth), (0.70, 0.71, 0.705, 0.703, float("nan"))
    committed(tmp_path, {f"a_seed{at}": {"accuracy": acc} for at, acc in enumerate(before)})
    for at, accuracy in enumerate((*before[:4], float("nan"))):
        train(tmp_path, f"a_seed{at}", accuracy=accuracy)
    assert "metric-regressed" not in {rule for rule, _ in found(tmp_path)}
    for at, accuracy in enumerate(after):
        train(tmp_path, f"a_seed{at}", accuracy=accuracy)
    message = found(tmp_path)["metric-regressed", "accuracy"]
    assert "(n = 4" in message
    for output in ("terminal", "md"):
        assert "(finite" in run_cli(["diff", "HEAD", "--format", output], tmp_path).out
    run_cli(["refresh"], tmp_path)
    assert "| a | NaN |" in (tmp_path / "RESULTS.md").read_text()


def test_a_new_nan_is_red_where_the_other_seeds_have_the_old_mean(tmp_path: Path) -> None:
    seeds = {f"a_seed{at}": {"accuracy": 0.89 + at / 100} for at in range(3)}
    committed(tmp_path, {**seeds, "b": {"accuracy": 0.8}})
    train(tmp_path, "a_seed1", accuracy=float("nan"))
    new = found(tmp_path)
    assert new["not-finite", "accuracy"] == "Accuracy of a is NaN in a_seed1"
    assert ("best-regressed", "accuracy") not in new, "the finite seeds of a are still the best"
    train(tmp_path, "a_seed2", accuracy=0.911)
    assert "\n1 value changed." in run_cli(["diff", "HEAD"], tmp_path).out
    (tmp_path / "results-bot.toml").write_text('[rules]\nnot-finite = "warning"\n')
    assert run_cli(["diff", "HEAD"], tmp_path).code == 1


def test_a_row_never_mixes_two_trainings(tmp_path: Path) -> None:
    committed(tmp_path, {"a": {"acc": 0.9, "f1": 0.8}})
    train(tmp_path, acc=0.95)
    lost = {("metric-lost", "f1"): "F1 of a is gone (was 0.8000)"}
    assert lost.items() <= found(tmp_path).items()
    run_cli(["refresh"], tmp_path)
    assert "| a | 95.00% | — |" in (tmp_path / "RESULTS.md").read_text()


TYPED = """\
# Results

| exp | params | Best | Accuracy | optimizer |
|---|---|---|---|---|
| base | 84322 | 87.8 | 87.71% | SGD |
| large | 197858 | 92.0 | 91.91% | Adam |
"""


def adopted(root: Path) -> Path:
    """Adopt a table with columns that no artifact fills, and return the page."""
    page = root / "RESULTS.md"
    page.write_text(TYPED)
    committed(root, {"base": {"acc": 0.8771}, "large": {"acc": 0.9191}}, "Artifacts")
    page.write_text(TYPED)
    run_cli(["init", "--no-hook"], root)
    config = root / "results-bot.toml"
    best = '[metrics.best]\ntitle = "Best"\n'
    assert best in config.read_text()
    config.write_text(config.read_text().replace(best, f'{best}direction = "higher"\n'))
    committed(root, {}, "Adopted")
    return page


def test_what_people_typed_follows_a_renamed_run(tmp_path: Path) -> None:
    page = adopted(tmp_path)
    runs = tmp_path / "experiments"
    (runs / "base").rename(runs / "base_v2")
    assert found(tmp_path) == {}
    run_cli(["refresh"], tmp_path)
    assert "| base_v2 | 84322 | 87.8 | 87.71% | SGD |" in page.read_text()
    commit_all(tmp_path)
    assert found(tmp_path, "HEAD~1", "HEAD") == {}


def test_what_people_typed_of_one_run_is_not_put_beside_another(tmp_path: Path) -> None:
    page = adopted(tmp_path)
    (tmp_path / "experiments/base/metrics.json").unlink()
    train(tmp_path, "tiny", acc=0.5)
    run_cli(["refresh"], tmp_path)
    assert "| tiny | — | — | 50.00% | — |" in page.read_text()


def test_a_number_that_people_typed_stays_until_they_remove_it(tmp_path: Path) -> None:
    page = adopted(tmp_path)
    train(tmp_path, "large", acc=0.9193)
    assert found(tmp_path) == {}
    run_cli(["refresh"], tmp_path)
    assert "| large | 197858 | 92.0 | 91.93% | Adam |" in page.read_text()
    page.write_text(page.read_text().replace("| 92.0 |", "| — |"))
    assert found(tmp_path) == {}
    assert "was typed by hand" in run_cli(["diff", "HEAD"], tmp_path).out


def test_a_title_in_the_configuration_is_the_heading_of_a_column_that_is_there(
    tmp_path: Path,
) -> None:
    """The page has the metric's usual title; a later title replaces the one before."""
    runs = {name: {"test_accuracy": acc, "f1": acc} for name, acc in (("a", 0.9), ("b", 0.8))}
    committed(tmp_path, runs)
    page, config = tmp_path / "RESULTS.md", tmp_path / "results-bot.toml"
    assert "Sorted by **Test Accuracy (higher is better)**.\n\n| Run | Test Acc" in page.read_text()
    for title in ("Accuracy", "Acc. ↑"):
        config.write_text(f'[metrics.test_accuracy]\ntitle = "{title}"\nformat = ".1%"\n')
        refreshed = run_cli(["refresh"], tmp_path)
        assert "RESULTS.md refreshed (2 runs): no value changed." in refreshed.out
        text = page.read_text()
        assert f"Sorted by **{title.removesuffix(' ↑')} (higher is better)**." in text
        assert f"| Run | {title} | F1 |\n|---|---:|---:|\n| a | 90.0% |" in text
        committed(tmp_path, {}, title)


def test_a_heading_that_people_edit_on_the_page_keeps_its_metric(tmp_path: Path) -> None:
    """The column is known by its values, those of the committed artifacts included."""
    runs = {"a": {"acc": 0.9, "f1": 0.8}, "b": {"acc": 0.8, "f1": 0.7}}
    committed(tmp_path, runs)
    page = tmp_path / "RESULTS.md"
    page.write_text(page.read_text().replace("| Accuracy |", "| On test |"))
    train(tmp_path, "b", acc=0.82, f1=0.7)
    run_cli(["refresh"], tmp_path)
    text = page.read_text()
    assert "Sorted by **On test (higher is better)**.\n\n| Run | On test | F1 |\n" in text
    assert "| b | 82.00% | 0.7000 |\n" in text
    assert found(tmp_path) == {}
    committed(tmp_path, {"a": {"acc": 0.91, "f1": 0.8}}, "Trained again")
    assert "| a | 91.00% | 0.8000 |\n" in page.read_text()
    assert found(tmp_path, "HEAD~1", "HEAD") == {}


def test_a_column_of_people_gets_another_title_with_its_cells(tmp_path: Path) -> None:
    page, config = adopted(tmp_path), tmp_path / "results-bot.toml"
    config.write_text(config.read_text().replace('title = "optimizer"', 'title = "Optimizer"'))
    run_cli(["refresh"], tmp_path)
    assert "| Accuracy | Optimizer |\n" in page.read_text()
    assert "| base | 84322 | 87.8 | 87.71% | SGD |" in page.read_text()


def test_a_metric_that_a_renamed_run_no_longer_has_is_lost(tmp_path: Path) -> None:
    committed(tmp_path, {"a": {"acc": 0.9, "auroc": 0.7, "f1": 0.8}, "b": {"acc": 0.5}})
    runs = tmp_path / "experiments"
    (runs / "a").rename(runs / "a_v2")
    train(tmp_path, "a_v2", acc=0.9, auroc=0.7)
    assert ("metric-lost", "f1") in found(tmp_path)
    committed(tmp_path, {}, "Renamed")
    assert ("metric-lost", "f1") in found(tmp_path, "HEAD~1", "HEAD")


@pytest.mark.parametrize(
    ("path", "content", "empty"),
    [
        ("a/metrics.json", '{"accuracy": 0.9}', "{}"),
        ("a/metrics.json", '{"accuracy": 0.9}', "[]"),
        ("a/metrics.json", '{"accuracy": 0.9}', '"pending"'),
        ("a/metrics.json", '{"accuracy": 0.9}', '{"model": "small", "seed": 1}'),
        ("a/results.csv", "epoch,accuracy\n1,0.8\n2,0.9\n", "epoch,accuracy\n"),
        ("a/test_scores.yaml", "accuracy: 0.9\n", "note: none\n"),
        ("a/special.json", '{"accuracy": 0.9}', "{}"),
        ("a.json", '{"accuracy": 0.9}', "{}"),
        ("set/a.json", '{"accuracy": 0.9}', "{}"),
        ("a/metrics.csv", "accuracy\n0.9\n", "id,prediction,target\n1,0,1\n2,1,1\n3,0,0\n"),
        ("table.csv", "model,accuracy\nc,0.95\na,0.9\n", "model,accuracy\n"),
        ("table.csv", "model,accuracy\nOurs,\nc,0.95\na,0.9\n", "model,accuracy\nc,0.95\na,\n"),
        (
            "table.json",
            '[{"model": "c", "accuracy": 0.95}, {"model": "a", "accuracy": 0.9}]',
            '[{"model": "c", "accuracy": 0.95}, {"model": "a", "accuracy": null}]',
        ),
    ],
)
def test_a_run_whose_file_holds_no_metric_any_more_is_unfinished(
    tmp_path: Path, path: str, content: str, empty: str
) -> None:
    file = tmp_path / "experiments" / path
    # Files without metrics that are not the results of any run.
    train(tmp_path, "b", accuracy=0.7)
    (tmp_path / "experiments/b/labels.json").write_text("{}")
    (tmp_path / "experiments/cache.json").write_text("[]")
    (tmp_path / "experiments/set").mkdir()
    for name in ("c", "d"):
        (tmp_path / f"experiments/set/{name}.json").write_text('{"accuracy": 0.6}')
    file.parent.mkdir(exist_ok=True)
    file.write_text(content)
    committed(tmp_path, {})
    assert found(tmp_path) == {}
    file.write_text(empty)
    git(tmp_path, "add", "-A")
    message = f"a had final metrics in experiments/{path} and has none now"
    said = " ".join(run_cli(["diff", "HEAD"], tmp_path).out.split())
    assert message in said
    assert "removed" not in said
    assert "unfinished" in run_cli(["hook"], tmp_path).out
    page = (tmp_path / "RESULTS.md").read_text()
    assert "| a |" not in page
    assert "| b |" in page
    assert "Unfinished, no final metrics: `a`" in page
    git(tmp_path, "commit", "-qm", "Second")
    assert message in " ".join(run_cli(["diff", "HEAD~1", "HEAD"], tmp_path).out.split())


def test_a_table_with_a_conflict_of_git_keeps_its_rows(tmp_path: Path) -> None:
    table = tmp_path / "results.csv"
    table.write_text("model,accuracy\na,0.91\nb,0.89\n")
    committed(tmp_path, {})
    sides = "<<<<<<< HEAD\na,0.93\n=======\na,0.92\nc,0.7\n>>>>>>> new-data\n"
    table.write_text(f"model,accuracy\n{sides}b,0.89\n")
    refresh = run_cli(["refresh"], tmp_path)
    assert refresh.code == 4
    assert "results.csv: has conflict markers of git; resolve them" in refresh.err
    page = (tmp_path / "RESULTS.md").read_text()
    assert "| a | 91.00% |\n| b | 89.00% |\n\n" in page


@pytest.mark.parametrize(
    "unreadable", ["", "epoch,val_acc\n<<<<<<< a\n1,0.7\n=======\n>>>>>>> b\n"]
)
def test_a_log_that_cannot_be_read_loses_no_metric(tmp_path: Path, unreadable: str) -> None:
    """Nor the best value of the log, which has no column."""
    for run, last in (("a", 0.8), ("b", 0.9)):
        folder = tmp_path / "experiments" / run
        folder.mkdir(parents=True)
        (folder / "log.csv").write_text(f"epoch,val_acc\n1,0.7\n2,{last}\n")
    committed(tmp_path, {})
    (tmp_path / "experiments/a/log.csv").write_text(unreadable)
    done = run_cli(["diff", "HEAD"], tmp_path)
    assert done.code == 4
    assert "No value changed." in done.out


@pytest.mark.parametrize(("seeds", "emptied"), [(3, 1), (2, 1), (2, 2)])
def test_a_seed_whose_file_holds_no_metric_any_more_is_unfinished(
    tmp_path: Path, seeds: int, emptied: int
) -> None:
    names = [f"m/seed_{seed}" for seed in range(seeds)]
    metrics = {name: {"accuracy": 0.91 + seed / 100} for seed, name in enumerate(names)}
    committed(tmp_path, metrics | {"other": {"accuracy": 0.95}})
    for name in names[:emptied]:
        train(tmp_path, name)
    committed(tmp_path, {}, "Emptied")
    done = run_cli(["diff", "HEAD~1", "HEAD"], tmp_path)
    assert done.code == 1
    for name in names[:emptied]:
        assert f"✗ {name} had final metrics and has none now" in done.out
    assert "removed" not in done.out


@pytest.mark.parametrize("here", [(), (0,), (0, 1)])
@pytest.mark.parametrize("how", ["ignored", "unreadable"])
def test_a_row_stays_while_one_of_its_seeds_is_merely_not_here(
    tmp_path: Path, here: tuple[int, ...], how: str
) -> None:
    files = [train(tmp_path, f"m/seed_{seed}", accuracy=0.91 + seed / 100) for seed in range(3)]
    others = [file for seed, file in enumerate(files) if seed not in here]
    if how == "ignored":
        names = [f"{file.relative_to(tmp_path)}\n" for file in others]
        (tmp_path / ".gitignore").write_text("".join(names))
    committed(tmp_path, {"other": {"accuracy": 0.95}})
    page = (tmp_path / "RESULTS.md").read_text()
    for file in others:
        file.unlink() if how == "ignored" else file.write_text('{"accur')
    if how == "unreadable":
        assert "is cut off" in run_cli(["diff", "HEAD"], tmp_path).err
    committed(tmp_path, {"new": {"accuracy": 0.9}}, "Second")
    rows = [line for line in page.splitlines() if line.startswith("| m")]
    assert len(rows) == 4
    assert {*rows} <= {*(tmp_path / "RESULTS.md").read_text().splitlines()}
    assert "1 run added." in run_cli(["diff", "HEAD~1", "HEAD"], tmp_path).out
    for seed in here:  # What is here was trained again.
        train(tmp_path, f"m/seed_{seed}", accuracy=0.5 + seed / 100)
    run_cli(["refresh"], tmp_path)
    page = (tmp_path / "RESULTS.md").read_text()
    assert ("| m | 92.00% ± 1.00% |" in page) == (not here)
    assert ("| m | 50.50% ± 0.71% |" in page) == (len(here) == 2)


def test_a_page_that_was_edited_since_hides_no_run_that_the_base_had(tmp_path: Path) -> None:
    committed(tmp_path, {run: {"accuracy": 0.9} for run in "abc"})
    (tmp_path / "experiments/a/metrics.json").write_text("{}")
    (tmp_path / "experiments/b/metrics.json").unlink()
    git(tmp_path, "commit", "-qam", "Without the page")
    with (tmp_path / "RESULTS.md").open("a") as page:
        page.write("\nProse.\n")
    git(tmp_path, "commit", "-qam", "Prose")
    assert {rule for rule, _ in found(tmp_path, "HEAD~2")} >= {"run-unfinished", "row-removed"}
    assert found(tmp_path) == {}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("summary.json", '{"note": "x"}'),
        ("results.csv", "image,caption\n1.png,a\n"),
        ("metrics.json", "{}"),
    ],
)
def test_a_new_file_without_metrics_takes_no_row_away(
    tmp_path: Path, name: str, content: str
) -> None:
    train(tmp_path, "b", accuracy=0.7)
    (tmp_path / ".gitignore").write_text("experiments/a/metrics.json\n")
    train(tmp_path, "a", accuracy=0.9)
    committed(tmp_path, {})
    (tmp_path / "experiments/a/metrics.json").unlink()
    (tmp_path / "experiments/a" / name).write_text(content)
    git(tmp_path, "add", "-Af")
    git(tmp_path, "commit", "-qm", "Second")
    for command in (["diff", "HEAD~1"], ["diff", "HEAD~1", "HEAD"], ["refresh", "--check"]):
        done = run_cli(command, tmp_path)
        assert done.code == 0, done.out
    assert "| a | 90.00% |" in (tmp_path / "RESULTS.md").read_text()


def test_the_hook_and_diff_give_one_verdict(tmp_path: Path) -> None:
    committed(tmp_path, {"a": {"test_accuracy": 0.9, "test_num_samples": 899}})
    train(tmp_path, test_accuracy=0.912, test_num_samples=899)
    run_cli(["refresh"], tmp_path)
    train(tmp_path, test_accuracy=0.892, test_num_samples=899)
    git(tmp_path, "add", "-A")
    done, line = run_cli(["hook"], tmp_path), "value within tolerance or noise"
    assert line in done.out
    assert line in run_cli(["diff", "HEAD"], tmp_path).out


def test_a_configuration_left_alone_is_an_unfinished_run(tmp_path: Path) -> None:
    for run in "ab":
        train(tmp_path, run, test_accuracy=0.9)
        (tmp_path / f"experiments/{run}/config.yaml").write_text("lr: 0.1\n")
    committed(tmp_path, {})
    (tmp_path / "experiments/a/metrics.json").unlink()
    message = "a had final metrics in experiments/a/metrics.json and has none now"
    assert found(tmp_path)["run-unfinished", ""] == message
    assert ("row-removed", "") not in found(tmp_path)


def test_an_edited_takeaway_is_a_stale_page(tmp_path: Path) -> None:
    committed(tmp_path, {f"r{at}": {"test_accuracy": 0.9 + at / 100} for at in range(5)})
    assert found(tmp_path) == {}
    page = tmp_path / "RESULTS.md"
    page.write_text(page.read_text().replace("**94.00%**", "**99.00%**"))
    stale = "The committed page is stale: text between its markers differs"
    assert found(tmp_path) == {("summary-stale", ""): stale}


def test_a_page_is_stale_beside_committed_artifacts_only(tmp_path: Path) -> None:
    committed(tmp_path, {"a": {"test_accuracy": 0.9}, "b": {"test_accuracy": 0.8}})
    train(tmp_path, "b", test_accuracy=0.81)
    train(tmp_path, "c", test_accuracy=0.7)
    assert found(tmp_path) == {}
    commit_all(tmp_path, "Without the page")
    stale = {("summary-stale", ""): "The committed page is stale: 2 entries in 1 section"}
    assert found(tmp_path) == stale
    train(tmp_path, "a", test_accuracy=0.91)
    assert found(tmp_path).keys() == stale.keys()


def test_small_values_beside_large_ones_show_their_change(tmp_path: Path) -> None:
    committed(tmp_path, {"a": {"test_loss": 1e-5}, "b": {"test_loss": 0.5}})
    train(tmp_path, "a", test_loss=4.9e-5)
    assert found(tmp_path)["metric-regressed", "test_loss"].startswith(
        "Test Loss of a is worse: 1e-05 to 4.9e-05"
    )


def test_the_spread_over_folds_is_evidence(tmp_path: Path) -> None:
    folds = {"acc_std": 0.012, "n_folds": 5}
    committed(tmp_path, {"a": {"acc_mean": 0.904, **folds}})
    train(tmp_path, "a", acc_mean=0.894, **folds)
    assert ("metric-regressed", "acc_mean") not in found(tmp_path)
    train(tmp_path, "a", acc_mean=0.800, **folds)
    assert ("metric-regressed", "acc_mean") in found(tmp_path)


def test_folds_are_not_called_seeds(tmp_path: Path) -> None:
    file = tmp_path / "experiments/a/metrics.json"
    train(tmp_path, "a")
    file.write_text('{"cv_accuracy": [0.90, 0.91, 0.905]}')
    committed(tmp_path, {})
    assert "deviation of 3 folds." in (tmp_path / "RESULTS.md").read_text()
    file.write_text('{"cv_accuracy": [0.70, 0.71]}')
    out = run_cli(["diff", "HEAD"], tmp_path).out
    assert "3 vs 2 folds: " in out
    assert "a has 2 folds now, 3 before" in out
    assert "n = 2" in out
    run_cli(["refresh"], tmp_path)
    assert run_cli(["refresh"], tmp_path).code == 0


def test_standard_errors_of_lm_evaluation_harness_are_evidence(tmp_path: Path) -> None:
    lm_eval(tmp_path, acc=0.550, odd=0.450, acc_stderr=0.0049)
    committed(tmp_path, {})
    lm_eval(tmp_path, acc=0.543, odd=0.457, acc_stderr=0.0049)
    assert ("metric-regressed", "arc_acc") not in found(tmp_path)
    lm_eval(tmp_path, acc=0.500, odd=0.500, acc_stderr=0.0049)
    assert {("metric-regressed", "arc_acc"), ("metric-regressed", "arc_odd")} <= found(
        tmp_path
    ).keys()
    said = run_cli(["diff", "HEAD"], tmp_path).out
    assert "two means by their standard errors: 95 % interval " in said


@pytest.mark.parametrize(
    ("earlier", "counted", "said"),
    [
        ((0.951, 0.949, 0.952, 0.948, 0.95), {}, "5 earlier values on the base branch"),
        ((0.95,), {"num_samples": 10_000}, "two proportions"),
    ],
)
def test_the_first_seeds_of_a_row_excuse_no_fall(
    tmp_path: Path, earlier: tuple[float, ...], counted: dict[str, float], said: str
) -> None:
    for value in earlier:
        committed(tmp_path, {"a": {"test_accuracy": value, **counted}})
    shutil.rmtree(tmp_path / "experiments/a")
    train(tmp_path, "a/seed_1", test_accuracy=0.90, **counted)
    train(tmp_path, "a/seed_2", test_accuracy=0.86, **counted)
    out = run_cli(["diff", "HEAD"], tmp_path).out
    assert "Test Accuracy of a is worse" in out
    assert said in out
