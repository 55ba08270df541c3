"""`forget`, `rename` and `move`: what a person does to rows and sections of the page."""

from __future__ import annotations

import re
from collections.abc import Iterable

import click
from msgspec.structs import replace

from results_bot.collect.folders import own_name
from results_bot.commands.invocation import Invocation
from results_bot.config_edit import rename_section
from results_bot.console import Outcome
from results_bot.errors import BotError, PageError
from results_bot.evaluate import evaluate
from results_bot.globs import scheme
from results_bot.model import Run
from results_bot.page.document import Page, markers, parse_page, splice
from results_bot.page.markdown import TableText, parse, render
from results_bot.page.page import arranged
from results_bot.page.plan import plan
from results_bot.page.section import Place
from results_bot.page.tables import move_row
from results_bot.workspace import Workspace

_HEADING = re.compile(r"#{1,6} [^\n]*\n\s*\Z")


@click.command()
@click.argument("places", metavar="SECTION[/RUN]...", nargs=-1, required=True)
@click.pass_obj
def forget(call: Invocation, places: tuple[str, ...]) -> Outcome:
    """Remove rows or sections whose artifacts no longer exist from the page."""
    workspace = call.workspace()
    page, tables = _page(workspace)
    here = _artifacts(workspace, page)
    for found in dict.fromkeys(row for place in places for row in _rows(tables, place)):
        if found in here:
            raise BotError(
                f"{'/'.join(found)}: its artifacts are here ({here[found].path}); "
                "delete them, and the row goes"
            )
        tables[found[0]] = _without(tables[found[0]], found[1])
    _write(workspace, page, tables, [place for place in dict.fromkeys(places) if place in tables])
    return Outcome(text=f"{workspace.page}: forgot {', '.join(places)}.")


@click.command()
@click.argument("place", metavar="SECTION[/RUN]")
@click.argument("name")
@click.pass_obj
def rename(call: Invocation, place: str, name: str) -> Outcome:
    """Rename a run and the folder of its artifacts, or change the id of a section."""
    workspace = call.workspace()
    page, tables = _page(workspace)
    if place in tables:
        return _rename_section(workspace, page, place, name)
    ((section, run),) = _rows(tables, place)
    _require_free(tables, section, name)
    artifacts = _artifacts(workspace, page).get((section, run))
    if artifacts is not None:
        _rename_folder(workspace, artifacts, name)
    move_row(tables, (section, run), (section, name))
    _write(workspace, page, tables)
    if artifacts is not None:
        workspace.write(workspace.page, evaluate(workspace, call.now).fresh.text)
    folder = f", and its folder {artifacts.path} is renamed as well" if artifacts else ""
    return Outcome(text=f"{workspace.page}: {section}/{run} is {section}/{name} now{folder}.")


@click.command()
@click.argument("place", metavar="SECTION[/RUN]")
@click.argument("target", metavar="SECTION")
@click.pass_obj
def move(call: Invocation, place: str, target: str) -> Outcome:
    """Move a row, or all rows of a section, to another section."""
    workspace = call.workspace()
    page, tables = _page(workspace)
    if target not in tables:
        raise BotError(f"there is no section {target!r}; the page has {', '.join(tables)}")
    here = _artifacts(workspace, page)
    moved = _rows(tables, place)
    for section, run in moved:
        if (section, run) in here:
            raise BotError(
                f"{section}/{run}: its artifacts are in {here[section, run].path}, and their "
                f"folder decides the section; move the folder to where section {target} looks"
            )
        _require_free(tables, target, run)
        move_row(tables, (section, run), (target, run))
    _write(workspace, page, tables, [place] if place in tables else [])
    shown = place if place in tables else "/".join(*moved)
    return Outcome(text=f"{workspace.page}: {shown} is in {target} now.")


def _page(workspace: Workspace) -> tuple[Page, dict[str, TableText]]:
    """Return the page and the tables of its sections."""
    text = workspace.read_page()
    if text is None:
        raise BotError(f"{workspace.page}: there is no page yet; run `results-bot refresh`")
    page = parse_page(text, workspace.page)
    return page, page.tables()


def _rows(tables: dict[str, TableText], place: str) -> list[Place]:
    """Return the rows of a section, or the one row that SECTION/RUN or a run's name stands for."""
    rows = [(section, row[0]) for section, table in tables.items() for row in table.rows]
    if place in tables:
        return [row for row in rows if row[0] == place]
    called = [row for row in rows if row[1] == place]
    found = [row for row in rows if "/".join(row) == place] or called
    if len(found) != 1:
        what = "several sections have it" if found else "no row is called so"
        raise BotError(f"{place}: {what}; give SECTION/RUN as the page has it")
    return found


def _require_free(tables: dict[str, TableText], section: str, name: str) -> None:
    if any(row[0] == name for row in tables[section].rows):
        raise BotError(f"{section}/{name}: there is a run of this name already")


def _without(table: TableText, run: str) -> TableText:
    return replace(table, rows=tuple(row for row in table.rows if row[0] != run))


def _artifacts(workspace: Workspace, page: Page) -> dict[Place, Run]:
    """Return the runs whose artifacts are here."""
    planned = plan(workspace.sources.collect().runs, workspace.sections, page.blocks)
    return {(one.id, name): run for one in planned for name, run in one.runs.items()}


def _write(
    workspace: Workspace, page: Page, tables: dict[str, TableText], gone: Iterable[str] = ()
) -> None:
    """Write the page with the tables that were edited, and without the sections `gone`."""
    contents = {
        section: render(arranged(section, table, workspace.config, workspace.sections))
        for section, table in tables.items()
        if section not in gone and table != parse(page.blocks[section].content)
    }
    text = splice(page, contents)
    for section in gone:
        page = parse_page(text, workspace.page)
        # With the heading right above it.
        before = _HEADING.sub("", text[: page.begin(section)])
        after = text[page.blocks[section].end :].removeprefix(markers(section)[1])
        text = before + after.lstrip("\r\n")
    workspace.write(workspace.page, text)


def _rename_section(workspace: Workspace, page: Page, old: str, new: str) -> Outcome:
    """Change the id of a section in the page's markers and in the configuration."""
    if new in page.blocks:
        raise BotError(f"{new}: the page has a section of this name already")
    file = workspace.config_file or ""
    config = (workspace.root / file).read_text("utf-8") if file else ""
    config = rename_section(config, file, old, new)
    text = page.text
    for before, after in zip(markers(old), markers(new), strict=True):
        text = text.replace(before, after)
    workspace.write(file, config)
    workspace.write(workspace.page, text)
    return Outcome(text=f"{workspace.page}, {file}: section {old} is {new} now.")


def _rename_folder(workspace: Workspace, run: Run, name: str) -> None:
    if scheme(run.path):
        raise BotError(f"{run.path}: lies elsewhere; rename it there")
    if "/" in name or name in (".", "..") or own_name(run.path) != run.name:
        raise PageError(f"{run.path}: this folder cannot be called {name!r}")
    old = workspace.root / run.path
    new = old.with_name(name + (old.suffix if old.is_file() else ""))
    if new.exists():
        raise BotError(f"{new.name}: exists already beside {run.path}")
    try:
        old.rename(new)
    except OSError as error:
        raise BotError(f"{run.path}: cannot be renamed ({error.strerror})") from None
