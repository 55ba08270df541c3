"""The documentation says what the code does: examples are real, references are complete."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import msgspec
import pytest
from results_bot.cli import cli
from results_bot.config import ApprovalsTable, Config, MetricTable, SectionTable, parse
from results_bot.errors import ExitCode

from tests.browser.screenshots import IMAGES, PICTURED
from tools.docs import quick_start
from tools.docs.example import excerpt
from tools.docs.pages import pages, with_address

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
DOCS = tuple((ROOT / "docs").glob("*.md"))
EXAMPLE = re.MULTILINE | re.DOTALL
REFERENCE = (ROOT / "docs" / "configuration.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("heading", "table"),
    [
        ("## Top level", Config()),
        ("## `[metrics.NAME]`", MetricTable()),
        ("## `[[sections]]`", SectionTable(id="x")),
        ("## `[approvals]`", ApprovalsTable()),
    ],
)
def test_reference_has_every_key_with_its_default_and_no_other(
    heading: str, table: msgspec.Struct
) -> None:
    part = REFERENCE.partition(heading)[2].partition("\n## ")[0]
    defaults = {
        field.encode_name: getattr(table, field.name) for field in msgspec.structs.fields(table)
    }
    assert set(re.findall(r"^\| `([a-z-]+)` \|", part, re.MULTILINE)) == set(defaults)
    literal = r"true|false|[\d.]+|\".*\"|\{.*\}"
    for name, text in re.findall(rf"^\| `([a-z-]+)` \| `({literal})` \|", part, re.MULTILINE):
        found = msgspec.convert(tomllib.loads(f"x = {text}")["x"], type(defaults[name]))
        assert found == defaults[name], name


@pytest.mark.parametrize("page", ["README.md", *sorted(f"docs/{path.name}" for path in DOCS)])
def test_configuration_in_examples_is_valid(page: str) -> None:
    for example in re.findall(
        r"^```toml\n(?!\[project)(.*?)^```", (ROOT / page).read_text("utf-8"), EXAMPLE
    ):
        assert parse(example, "results-bot.toml") != Config(), example


def test_readme_has_every_command() -> None:
    table = README.partition("| Command |")[2].partition("\n\n")[0]
    first_cells = re.findall(r"^\| (.+?) \|", table, re.MULTILINE)
    documented = {name for cell in first_cells for name in re.findall(r"`([a-z-]+)", cell)}
    hidden = {"hook"}
    assert documented == set(cli.list_commands(click.Context(cli))) - hidden


def test_readme_has_every_exit_code() -> None:
    table = README.partition("## Exit codes")[2].partition("\n## ")[0]
    assert {int(code) for code in re.findall(r"^\| (\d+) ", table, re.MULTILINE)} == set(ExitCode)


@pytest.mark.parametrize("name", pages())
def test_generated_pages_are_fresh(name: str) -> None:
    assert (ROOT / name).read_text("utf-8") == pages()[name], "run `make docs`"


def test_the_address_is_the_projects_own() -> None:
    assert with_address("uses: them/results-bot@1a2b") != "uses: them/results-bot@1a2b"
    for page in [ROOT / "README.md", *DOCS]:
        text = page.read_text("utf-8")
        assert with_address(text) == text, f"{page.name}: run `make docs`"


def test_pictures_are_those_that_make_screenshots_takes() -> None:
    made = {f"{name}.png" for name in PICTURED}
    assert {path.name for path in IMAGES.iterdir()} == made
    text = "".join(page.read_text("utf-8") for page in DOCS)
    assert set(re.findall(r"\]\(images/([\w-]+\.png)\)", text)) == made
    assert all(path.stat().st_size < 130_000 for path in IMAGES.iterdir())


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *DOCS]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_quick_start_is_real(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "quick-start.md").read_text("utf-8")
    folder = tmp_path / "work"
    folder.mkdir()
    assert quick_start.render(page, folder) == page, "run `make docs`"


def test_example_in_the_readme_is_real(tmp_path: Path) -> None:
    shown = README.partition("<!-- example:begin -->\n")[2].partition("<!-- example:end -->")[0]
    assert shown == excerpt(tmp_path)
