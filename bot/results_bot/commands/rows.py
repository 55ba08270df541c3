"""`forget`, `rename` and `move`: what a person does to rows and sections of the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import click
from msgspec.structs import replace

from results_bot.collect.folders import own_name
from results_bot.commands.invocation import Invocation
from results_bot.console import Outcome
from results_bot.errors import BotError, PageError
from results_bot.evaluate import evaluate
from results_bot.globs import scheme
from results_bot.model import Run
from results_bot.page.document import OWN, Page, markers, parse_page, splice
from results_bot.page.markdown import TableText, parse, render
from results_bot.page.page import arranged
from results_bot.page.plan import plan
from results_bot.workspace import Workspace

_HEADING = re.compile(r"#{1,6} [^\n]*\n\s*\Z")


@click.command()
@click.argument("places", metavar="SECTION[/RUN]...", nargs=-1, required=True)
@click.pass_obj
def forget(call: Invocation, places: tuple[str, ...]) -> Outcome:
    """Remove rows or sections whose artifacts no longer exist from the page."""
    workspace = call.workspace()
    page = _page(workspace)
    text = page.text
    here = _artifacts(workspace, page)
    for section, run in dict.fromkeys(found for place in places for found in _rows(page, place)):
        artifacts = here.get((section, run))
        if artifacts is not None:
            raise BotError(
                f"{section}/{run}: its artifacts are here ({artifacts.path}); "
                "delete them, and the row goes"
            )
        edited = parse_page(text, workspace.page)
        text = _edited(workspace, edited, section, partial(_without, run=run))
    for section in dict.fromkeys(places):
        if section in _sections(page):
            text = _without_section(parse_page(text, workspace.page), section)
    workspace.write(workspace.page, text)
    return Outcome(text=f"{workspace.page}: forgot {', '.join(places)}.")


@click.command()
@click.argument("place", metavar="SECTION[/RUN]")
@click.argument("name")
@click.pass_obj
def rename(call: Invocation, place: str, name: str) -> Outcome:
    """Rename a run and the folder of its artifacts, or change the id of a section."""
    workspace = call.workspace()
    page = _page(workspace)
    if place in _sections(page):
        return _rename_section(workspace, page, place, name)
    section, run = _place(page, place)
    if name in _names(page, section):
        raise BotError(f"{section}/{name}: there is a run of this name already")
    artifacts = _artifacts(workspace, page).get((section, run))
    if artifacts is not None:
        _rename_folder(workspace, artifacts, name)
    text = _edited(workspace, page, section, lambda table: _renamed(table, run, name))
    workspace.write(workspace.page, text)
    if artifacts is not None:
        workspace.write(workspace.page, evaluate(workspace, call.now).fresh.text)
    return Outcome(text=f"{workspace.page}: {section}/{run} is {section}/{name} now.")


@click.command()
@click.argument("place", metavar="SECTION[/RUN]")
@click.argument("target", metavar="SECTION")
@click.pass_obj
def move(call: Invocation, place: str, target: str) -> Outcome:
    """Move a row, or all rows of a section, to another section."""
    workspace = call.workspace()
    page = _page(workspace)
    if target not in _sections(page):
        known = ", ".join(_sections(page))
        raise BotError(f"there is no section {target!r}; the page has {known}")
    text = page.text
    here = _artifacts(workspace, page)
    for section, run in _rows(page, place):
        artifacts = here.get((section, run))
        if artifacts is not None:
            raise BotError(
                f"{section}/{run}: its artifacts are in {artifacts.path}, and their folder decides "
                f"the section; move the folder to where section {target} looks"
            )
        text = _moved(workspace, parse_page(text, workspace.page), section, run, target)
    if place in _sections(page):
        text = _without_section(parse_page(text, workspace.page), place)
    workspace.write(workspace.page, text)
    shown = place if place in _sections(page) else "/".join(_place(page, place))
    return Outcome(text=f"{workspace.page}: {shown} is in {target} now.")


def _rename_section(workspace: Workspace, page: Page, old: str, new: str) -> Outcome:
    """Change the id of a section in the page's markers and in the configuration."""
    from results_bot.config_edit import rename_section

    if new in page.blocks:
        raise BotError(f"{new}: the page has a section of this name already")
    file = workspace.config_file or ""
    config = rename_section(
        (workspace.root / file).read_text("utf-8") if file else "", file, old, new
    )
    text = page.text
    for before, after in zip(markers(old), markers(new), strict=True):
        text = text.replace(before, after)
    workspace.write(file, config)
    workspace.write(workspace.page, text)
    return Outcome(text=f"{workspace.page}, {file}: section {old} is {new} now.")


def _without_section(page: Page, section: str) -> str:
    """Return the page's text without a section's block and the heading right above it."""
    before = _HEADING.sub("", page.text[: page.begin(section)])
    after = page.text[page.blocks[section].end :].removeprefix(markers(section)[1])
    return before + after.lstrip("\r\n")


def _moved(workspace: Workspace, page: Page, section: str, run: str, target: str) -> str:
    if run in _names(page, target):
        raise BotError(f"{target}/{run}: there is a run of this name already")
    source = parse(page.blocks[section].content)
    row = next(row for row in source.rows if row[0] == run)
    cells = dict(zip(source.header, row, strict=False))
    text = _edited(workspace, page, section, lambda table: _without(table, run))
    page = parse_page(text, workspace.page)
    return _edited(workspace, page, target, lambda table: _with(table, run, cells))


def _page(workspace: Workspace) -> Page:
    text = workspace.read_page()
    if text is None:
        raise BotError(f"{workspace.page}: there is no page yet; run `results-bot refresh`")
    return parse_page(text, workspace.page)


def _sections(page: Page) -> list[str]:
    return [block for block in page.blocks if block not in OWN]


def _rows(page: Page, place: str) -> list[tuple[str, str]]:
    """Return section and run of every row that a section's id, or a run, stands for."""
    if place in _sections(page):
        return [(place, run) for run in _names(page, place)]
    return [_place(page, place)]


def _place(page: Page, place: str) -> tuple[str, str]:
    """Return section and run; a run's name alone will do where only one section has it."""
    found = [
        (section, run)
        for section in _sections(page)
        for run in _names(page, section)
        if place in (f"{section}/{run}", run)
    ]
    exact = [one for one in found if place == f"{one[0]}/{one[1]}"]
    if len(exact or found) != 1:
        what = "several sections have it" if found else "no row is called so"
        raise BotError(f"{place}: {what}; give SECTION/RUN as the page has it")
    return (exact or found)[0]


def _names(page: Page, section: str) -> list[str]:
    return [row[0] for row in parse(page.blocks[section].content).rows]


def _artifacts(workspace: Workspace, page: Page) -> dict[tuple[str, str], Run]:
    """Return the runs whose artifacts are here, by section and name."""
    planned = plan(workspace.sources.collect().runs, workspace.sections, page.blocks)
    return {(one.id, name): run for one in planned for name, run in one.runs.items()}


def _edited(
    workspace: Workspace, page: Page, section: str, edit: Callable[[TableText], TableText]
) -> str:
    table = edit(parse(page.blocks[section].content))
    table = arranged(section, table, workspace.config, workspace.sections)
    return splice(page, {section: render(table)})


def _without(table: TableText, run: str) -> TableText:
    return replace(table, rows=tuple(row for row in table.rows if row[0] != run))


def _renamed(table: TableText, run: str, name: str) -> TableText:
    rows = tuple((name, *row[1:]) if row[0] == run else row for row in table.rows)
    return replace(table, rows=rows)


def _with(table: TableText, run: str, cells: dict[str, str]) -> TableText:
    row = (run, *(cells.get(title, "") for title in table.header[1:]))
    return replace(table, rows=(*table.rows, row))


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
