"""`init` takes over the page that people keep, wherever it is, and the first refresh is quiet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import commit_all, run_cli, train

TABLE = """\
| Model | Accuracy | Loss | Note |
|---|---:|---:|---|
| ResNet-50 | 93.1% | 0.131 | [log](https://example.org/1) |
| ViT | 92.2% | 0.122 | |
| paper | 95.0% | - | published |
| people | 94 | - | of 100 |
"""
NO_ARTIFACTS = "RESULTS.md: no artifacts found for the {} of Models; configured as `baselines`."


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    for name, values in (("r50", (0.9312, 0.1308)), ("vit", (0.9223, 0.1224))):
        train(tmp_path, name, test_accuracy=values[0], test_loss=values[1])
    return tmp_path


def with_page(repo: Path, name: str, tail: str = "") -> Path:
    page = repo / name
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f"# Ours\n\nWords.\n\n## Models\n\n{TABLE}{tail}")
    commit_all(repo, "First")
    return page


@pytest.mark.parametrize(
    "name",
    ["RESULTS.md", "LEADERBOARD.md", "README.md", "results/RESULTS.md", "experiments/README.md"],
)
def test_the_page_is_taken_over_and_refreshed_without_a_finding(repo: Path, name: str) -> None:
    page = with_page(repo, name)
    done = run_cli(["init", "--no-hook"], repo)
    assert f"{name}: markers put round 1 table" in done.out
    first = run_cli(["refresh"], repo)
    assert "[" not in first.out + first.err, "no finding"
    text = page.read_text()
    rows = TABLE.replace("| ViT | 92.2% | 0.122 | |", "| ViT | 92.2% | 0.122 |  |").split("\n")
    assert all(line in text for line in rows[2:5])
    assert run_cli(["refresh"], repo).code == 0
    train(repo, "vit", test_accuracy=0.9441, test_loss=0.11)
    run_cli(["refresh"], repo)
    assert "| ViT | 94.4% | 0.110 |  |\n| ResNet-50 |" in page.read_text()


@pytest.mark.parametrize("heading", ["Models", "experiments"])
def test_a_page_whose_configuration_is_gone_stays_as_it_is(tmp_path: Path, heading: str) -> None:
    """Other sections would get the runs, and the rows with people's notes would go."""
    for name, values in (("r50", (0.9312, 0.1308)), ("vit", (0.9223, 0.1224))):
        train(tmp_path, f"vision/{name}", test_accuracy=values[0], test_loss=values[1])
        train(tmp_path, f"audio/{name}", test_accuracy=values[1], test_loss=values[0])
    page = tmp_path / "RESULTS.md"
    page.write_text(f"## {heading}\n\n{TABLE.replace('ResNet-50', 'r50').replace('ViT', 'vit')}")
    run_cli(["init", "--no-hook"], tmp_path)
    adopted = page.read_text()
    (tmp_path / "results-bot.toml").unlink()
    done = run_cli(["init", "--no-hook"], tmp_path)
    assert done.code == 2
    assert f"RESULTS.md has markers of the section {heading.lower()}, and the conf" in done.line
    assert page.read_text() == adopted
    assert not (tmp_path / "results-bot.toml").exists()


def test_a_configuration_is_written_for_a_page_that_was_made_without_one(repo: Path) -> None:
    run_cli(["refresh"], repo)
    assert run_cli(["init", "--no-hook"], repo).code == 0
    assert run_cli(["refresh"], repo).code == 0


def test_a_page_that_the_configuration_names_is_taken_over(repo: Path) -> None:
    page = with_page(repo, "docs/models.md")
    (repo / "results-bot.toml").write_text('# Ours\npage = "docs/models.md"\ntakeaways = false\n')
    run_cli(["init", "--no-hook"], repo)
    text = (repo / "results-bot.toml").read_text()
    assert text.startswith('# Ours\npage = "docs/models.md"\ntakeaways = false\n')
    assert 'names = {r50 = "ResNet-50", vit = "ViT"}' in text
    assert "results-bot:begin models" in page.read_text()
    assert "left as it is" in run_cli(["init", "--no-hook"], repo).out


def test_a_page_with_takeaways_of_its_own_gets_no_others(repo: Path) -> None:
    page = with_page(repo, "RESULTS.md", "\n## Key takeaways\n\n- ResNet-50 wins.\n")
    run_cli(["init", "--no-hook"], repo)
    run_cli(["refresh"], repo)
    assert page.read_text().count("takeaways") == 1


@pytest.mark.parametrize("next_heading", ["", "## License\n\nMIT\n", "# Part two\n"])
def test_no_heading_of_people_gets_below_the_takeaways(repo: Path, next_heading: str) -> None:
    below = "### How to run\n\npython run.py\n"
    train(repo, "third", test_accuracy=0.8, test_loss=0.3)
    page = with_page(repo, "RESULTS.md", f"\n{below}\n{next_heading}")
    run_cli(["init", "--no-hook"], repo)
    run_cli(["refresh"], repo)
    assert f"{below}\n## Key takeaways\n" in page.read_text()
    assert page.read_text().endswith(next_heading)


@pytest.mark.parametrize("title", ["Accuracy ↑", "Accuracy (⬆)", "Accuracy (higher is better)"])
def test_sentences_name_the_direction_once_and_stand_above_the_notes(
    repo: Path, title: str
) -> None:
    train(repo, "third", test_accuracy=0.8, test_loss=0.3)
    notes = "[1] Ada et al.\n[w]: https://example.org\n\n[^a]: In words.\n"
    page = with_page(repo, "RESULTS.md", f"\nMore words.\n\n{notes}")
    page.write_text(page.read_text().replace("| Accuracy |", f"| {title} |"))
    run_cli(["init", "--no-hook"], repo)
    assert "RESULTS.md refreshed (3 runs)" in run_cli(["refresh"], repo).out
    text = page.read_text()
    assert "Sorted by **Accuracy (higher is better)**." in text
    assert "\n- **Best Accuracy (higher is better)**: `ResNet-50`" in text
    assert text.index("More words.") < text.index("## Key takeaways")
    assert text.endswith(f"<!-- results-bot:end takeaways -->\n\n{notes}")
    assert run_cli(["refresh"], repo).code == 0


def test_columns_that_people_show_elsewhere_come_first(repo: Path) -> None:
    (repo / "readme.md").write_text(
        "| Paper | Test Loss | Test Accuracy |\n|---|---|---|\n| theirs | 0.5 | 0.6 |\n"
    )
    commit_all(repo, "First")
    run_cli(["init", "--no-hook"], repo)
    assert 'columns = ["test_loss", "test_accuracy"]' in (repo / "results-bot.toml").read_text()


@pytest.mark.parametrize("kind", ["a folder", "a link to nothing", "Latin-1"])
def test_a_readme_that_cannot_be_read_is_no_page(repo: Path, kind: str) -> None:
    readme = repo / "README.md"
    if kind == "a folder":
        readme.mkdir()
    elif kind == "a link to nothing":
        readme.symlink_to("nowhere")
    else:
        readme.write_text(f"Größe\n\n{TABLE}", "latin-1")
    commit_all(repo, "First")
    assert run_cli(["init", "--no-hook"], repo).code == 0
    assert 'page = "RESULTS.md"' in (repo / "results-bot.toml").read_text()


def test_tables_that_are_left_alone_are_one_line_for_each_reason(repo: Path) -> None:
    table = "| Run | Accuracy |\n|---|---|\n| r50 | {} |\n| r50 | {} |\n\n"
    (repo / "README.md").write_text(table.format("93.12%", "93.12%") + table.format(1, 2) * 2)
    commit_all(repo, "First")
    lines = run_cli(["init", "--no-hook"], repo).out.splitlines()
    assert [line for line in lines if line.startswith("README")] == [
        "README.md: the table in line 1 was left alone: two of its rows are called 'r50'.",
        "README.md: the tables in lines 6 and 11 were left alone: its first column names no runs "
        "whose numbers are in it.",
    ]


@pytest.mark.parametrize("name", ["ViT", "ViT-B/16", "Ours"])
def test_init_names_what_the_artifacts_do_not_confirm(repo: Path, name: str) -> None:
    train(repo, "small", test_accuracy=0.81, test_loss=0.3)
    page = with_page(repo, "RESULTS.md", "| small | 81.0% | 0.300 | |\n")
    page.write_text(page.read_text().replace("| ViT | 92.2%", f"| {name} | 95.4%"))
    if name == "Ours":  # Nothing but one of its two values is evidence that it is the run.
        page.write_text(re.sub(r"\| (paper|people) .*\n", "", page.read_text()))
    lines = run_cli(["init", "--no-hook"], repo).out.splitlines()
    assert [line for line in lines if "differs" in line or line.startswith("  ")] == [
        "RESULTS.md: 1 value differs from the artifacts, which `refresh` will show:",
        f"  Accuracy of {name}: the page has 95.4%, experiments/vit/metrics.json 92.2%.",
    ]
    absent = [line for line in lines if "no artifacts" in line]
    assert absent == ([] if name == "Ours" else [NO_ARTIFACTS.format("rows paper and people")])
    run_cli(["refresh"], repo)
    assert f"| {name} | 92.2% | 0.122 |" in page.read_text()
    assert page.read_text().count("| 0.122 |") == 1
    assert 'sort = "test_accuracy"' in (repo / "results-bot.toml").read_text()


BESIDE = ["{}*", "{}\u2020", "~{}", "{} [1]", "{}<sup>1</sup>", "<u>{}</u>", "{} (3rd run)"]


@pytest.mark.parametrize("form", [*BESIDE, "{} ± 0.2", "[{}](log.txt)"])
def test_init_names_the_text_beside_a_number_that_the_first_refresh_removes(
    repo: Path, form: str
) -> None:
    train(repo, "small", test_accuracy=0.81, test_loss=0.3)
    page = with_page(repo, "RESULTS.md", "| small | 81.0% | 0.300 | |\n")
    cells = [form.format("0.131"), BESIDE[1].format("0.300")]
    text = page.read_text().replace("0.131", cells[0]).replace("0.300", cells[1])
    page.write_text(text)
    lines = run_cli(["init", "--no-hook"], repo).out.splitlines()
    at = next(at for at, line in enumerate(lines) if "will remove" in line)
    assert lines[at].startswith("RESULTS.md: 2 cells with text beside the number")
    runs = "ResNet-50", "small"
    assert lines[at + 1 : at + 3] == [
        f"  Loss of {run}: {cell!r}." for run, cell in zip(runs, cells, strict=True)
    ]
    run_cli(["refresh"], repo)
    assert "| ResNet-50 | 93.1% | 0.131 | [log](https://example.org/1) |" in page.read_text()
    assert "| small | 81.0% | 0.300 |" in page.read_text()


def test_a_mark_that_goes_is_no_other_training(repo: Path) -> None:
    page = with_page(repo, "RESULTS.md")
    text = page.read_text().replace(" Note |\n", " Note | F1 |\n").replace("---|\n", "---|---|\n")
    page.write_text(text.replace("/1) |", "/1) | 0.77 |").replace("93.1%", "93.1%*"))
    run_cli(["init", "--no-hook"], repo)
    run_cli(["refresh"], repo)
    assert "| ResNet-50 | 93.1% | 0.131 | [log](https://example.org/1) | 0.77 |" in page.read_text()


def test_init_names_the_columns_that_no_artifact_fills(repo: Path) -> None:
    page = with_page(repo, "RESULTS.md")
    left = "`refresh` leaves what people wrote there (`sources = []`)."
    page.write_text(page.read_text().replace("Loss |", "Loss vs 2025 |").replace("0.1", "+0.0"))
    out = run_cli(["init", "--no-hook"], repo).out
    assert f"RESULTS.md: no artifact fills the columns Loss vs 2025 and Note; {left}" in out


@pytest.mark.parametrize("cells", ["95.4% | 0.2", "92.2% | 0.2", "93.1% | 0.122"])
def test_a_row_that_fits_no_run_is_named_and_kept(repo: Path, cells: str) -> None:
    train(repo, "small", test_accuracy=0.81, test_loss=0.3)
    page = with_page(repo, "RESULTS.md", "| small | 81.0% | 0.300 | |\n")
    text = page.read_text().replace("| ViT | 92.2% | 0.122", f"| Theirs | {cells}")
    page.write_text(text.replace("| people | 94 | - | of 100 |\n", ""))
    out = run_cli(["init", "--no-hook"], repo).out
    assert NO_ARTIFACTS.format("rows Theirs and paper") in out
    run_cli(["refresh"], repo)
    assert "| Theirs | " in page.read_text()


def test_a_broken_marker_is_named_with_its_file(repo: Path) -> None:
    with_page(repo, "README.md", "<!-- results-bot:end x -->\n")
    assert "README.md:13: block `x` ends, but did not begin" in run_cli(["init"], repo).err


def test_packages_with_a_configuration_keep_their_own_pages(tmp_path: Path) -> None:
    for name in ("a", "b"):
        train(tmp_path / "packages" / name, test_accuracy=0.9)
        (tmp_path / f"packages/{name}/results-bot.toml").touch()
    commit_all(tmp_path)
    for command in (["refresh"], ["diff", "HEAD"]):
        said = run_cli(command, tmp_path).line
        assert said.endswith("; for the pages of packages/a and packages/b, run the command there")
    assert "each with a page of its own: packages/a and pack" in run_cli(["init"], tmp_path).line
    train(tmp_path / "lab", test_accuracy=0.8)
    done = run_cli(["init", "--no-hook"], tmp_path)
    assert "1 finished run found under lab.\n  Left out, each with a page of its own: p" in done.out
    (tmp_path / "results-bot.toml").unlink()
    train(tmp_path, "c", test_accuracy=0.7)
    (tmp_path / "experiments/c/results-bot.toml").touch()
    commit_all(tmp_path)
    done = run_cli(["init", "--no-hook"], tmp_path)
    assert "  Included, each with a page of its own too: experiments/c." in done.out


def test_init_in_a_folder_names_the_file_that_it_wrote(repo: Path) -> None:
    commit_all(repo)
    done = run_cli(["init", "--no-hook"], repo / "experiments/vit")
    assert done.out.startswith("../../results-bot.toml written: 2 finished runs")
    assert "For a page of this folder alone, put a results-bot.toml here." in done.out


def test_rows_are_not_doubled_where_folders_between_are_part_of_a_name(tmp_path: Path) -> None:
    rows = ""
    for at, model in enumerate(("meta/big", "meta/big-it", "me/small", "me/tiny")):
        arc, gsm = 0.7358 - at / 37, 0.8244 - at / 23
        train(tmp_path, f"{model}/openllm", arc_acc=arc, gsm_acc=gsm)
        if at > 1:
            train(tmp_path, f"{model}/nous", agi_acc=0.4123 + at / 31)
        rows += f"| {model.partition('/')[2]} | {100 * arc:.2f} | {100 * gsm:.2f} |\n"
    page = tmp_path / "RESULTS.md"
    page.write_text(f"# Ours\n\n## Suite\n\n| Model | arc | gsm |\n|---|---|---|\n{rows}")
    commit_all(tmp_path, "First")
    run_cli(["init", "--no-hook"], tmp_path)
    run_cli(["refresh"], tmp_path)
    table = [line for line in page.read_text().split("\n") if line.startswith("|")]
    assert table[2:] == rows.splitlines()
