"""`init`: a configuration from what is found, an existing page taken over, the hook on request."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import chain, count
from pathlib import Path

import click
from msgspec.structs import replace

from results_bot import config as configuration
from results_bot import config_edit
from results_bot.collect.discover import read_bytes
from results_bot.collect.folders import letters
from results_bot.collect.paths import is_below
from results_bot.commands import install
from results_bot.commands.invocation import Invocation
from results_bot.config import Config, MetricTable, SectionTable
from results_bot.console import Outcome
from results_bot.errors import BotError, ExitCode
from results_bot.escape import printable
from results_bot.judge.rule import listed
from results_bot.metric_names import Role, direction, number_format, role
from results_bot.metric_titles import title
from results_bot.model import Collection, Direction, Run
from results_bot.numbers import plural
from results_bot.page.adopt import Adoption, adopt, titles_shown
from results_bot.page.choice import Readings, common
from results_bot.page.document import parse_page
from results_bot.page.plan import places, plan, section_of, top_sections
from results_bot.report import terminal
from results_bot.workspace import Workspace

MOST_NAMED = 5
_FOLDERS = ("results", "experiments", "docs", "benchmarks")
_OTHER_PAGES = (
    *(f"{folder}/{name}" for folder in _FOLDERS for name in (*configuration.PAGES, "README.md")),
    "README.md",
)
"""Where people keep tables of runs other than in a page at the top, in capitals or not."""
_NO_RUNS = frozenset(
    "config configs conf data dataset datasets test tests docs doc src lib scripts notebooks "
    "assets vendor third_party external".split()
)
"""Folders at the top that hold numbers, but no results of this project."""


@click.command()
@click.option("--hook/--no-hook", default=None, help="Install the git hook or not, unasked.")
@click.option("--merge-driver", is_flag=True, help="Set git up to merge the page row by row.")
@click.pass_obj
def init(call: Invocation, hook: bool | None, merge_driver: bool) -> Outcome:
    """Write a configuration, adopt an existing page, offer the git hook."""
    workspace = call.workspace()
    if hook is None:
        hook = (
            sys.stdin.isatty()
            and workspace.repo is not None
            and not install.has_hooks(workspace.repo)
            and click.confirm("Install the git hook that refreshes the page on commit?", True)
        )
    steps: list[str] = []
    notes = ""
    given = workspace.config
    is_page_only = workspace.config_file == configuration.FILE and not (
        given.sections or given.metrics or _has_blocks(workspace)
    )
    if workspace.config_file is None or is_page_only:
        collection = workspace.sources.collect()
        if not any(run.finished for run in collection.runs):
            workspace, collection = _looked_further(workspace, collection)
        notes = terminal.problems((*collection.problems, *collection.remarks), call.screen)
        here = Path(call.folder).resolve()
        written = os.path.relpath(workspace.root / configuration.FILE, here)
        _configure(workspace, collection, written, steps)
    else:
        steps.append(f"{workspace.config_file} is here already; left as it is.")
    if hook:
        install.hooks(workspace, steps)
    if merge_driver:
        install.merge_driver(workspace, steps)
    steps.append(
        "Next: `results-bot refresh`, and `results-bot noise` for how sure verdicts can be."
    )
    return Outcome(ExitCode.OK, "\n".join(steps), notes)


def _looked_further(workspace: Workspace, collection: Collection) -> tuple[Workspace, Collection]:
    """Look under every folder at the top; return those with judged metrics, else what was given.

    Folders with one run each, such as a project a folder, have one table together.
    """
    folders = sorted(one.name for one in workspace.root.iterdir() if one.is_dir())
    left = _NO_RUNS.union(package.partition("/")[0] for package in workspace.packages)
    sections = top_sections(name for name in folders if name[0] != "." and name not in left)

    def under(chosen: Iterable[SectionTable]) -> Workspace:
        config = replace(workspace.config, sections=tuple(chosen))
        return replace(workspace, config=config)

    found = under(sections).sources.collect()
    judged = [
        run
        for run in found.runs
        if run.finished and any(direction(name) is not Direction.UNKNOWN for name in run.readings)
    ]
    of_run = {run.path: table for run in judged if (table := section_of(run.path, sections))}
    if not of_run:
        return workspace, collection
    times = Counter(table.id for table in of_run.values())
    alone = [path for path, table in of_run.items() if times[table.id] == 1]
    if len(alone) < 2 or not all((workspace.root / path).exists() for path in alone):
        alone = []
    taken = {one.id for one in sections}
    numbered = (f"top-{number}" for number in count(2))
    free = next(one for one in chain(["top"], numbered) if one not in taken)
    together = [SectionTable(id=free, title="Results", runs=tuple(alone))] if alone else []
    used = {table.id for path, table in of_run.items() if path not in alone}
    chosen = under([*together, *(one for one in sections if one.id in used)])
    return chosen, chosen.sources.collect()


def _configure(
    workspace: Workspace, collection: Collection, written: str, steps: list[str]
) -> None:
    runs, others = collection.runs, _other_pages(workspace)
    workspace, found = _adopted(workspace, runs, others, steps)
    if found is not None and found.adopted:
        config = Config(
            page=workspace.page,
            metrics=found.metrics,
            sections=tuple(found.sections),
            fold_seeds=found.fold_seeds,
            best_in_bold=found.best_in_bold,
        )
    else:
        config = _from_runs(workspace, collection, others)
        if lost := _lost_sections(workspace, config, runs):
            many = len(lost) > 1
            raise BotError(
                f"{workspace.page} has markers of the {'sections' if many else 'section'} "
                f"{listed(lost)}, and the configuration that named {'them' if many else 'it'} is "
                f"gone; restore {configuration.FILE} with git, or remove the markers and run "
                "`results-bot init` again"
            )
    unclear = [
        key
        for key, metric in ((key, config.metric(key)) for key in config.metrics)
        if metric.sources and metric.direction is Direction.UNKNOWN and role(key) is Role.UNKNOWN
    ]
    before = workspace.root / configuration.FILE
    own = [before.read_text("utf-8")] if before.is_file() else []
    workspace.write(configuration.FILE, config_edit.render(config, unclear, *own))
    finished = sum(run.finished for run in runs)
    counted = plural(finished, "finished run")
    if unfinished := len(runs) - finished:
        counted = f"{finished:,} finished and {plural(unfinished, 'unfinished run')}"
    steps.append(
        f"{written} written: {counted} found under "
        f"{', '.join(folder or './' for folder in dict.fromkeys(places(config.sections)))}."
    )
    if written != configuration.FILE:
        steps.append(f"  For a page of this folder alone, put a {configuration.FILE} here.")
    _say_packages(workspace, runs, steps)
    if unclear:
        verb = "does" if len(unclear) == 1 else "do"
        steps.append(f"  Which way {verb} {listed(unclear)} get better? Set the direction there.")
    if found is not None:
        if found.adopted:
            workspace.write(workspace.page, found.text)
            turned = any(section.transpose for section in found.sections)
            steps.append(
                f"{workspace.page}: markers put round {plural(len(found.adopted), 'table')}; "
                + ("the first cell of tables with runs as columns says so; " if turned else "")
                + "every other byte is as it was."
            )
            _say_stale(workspace.page, found, steps)
        _say_left(workspace.page, found, steps)
    if collection.left_out:
        first, *more = map(printable, collection.left_out)
        steps.append(
            f"  Left out: {first}{f' and {len(more)} more' if more else ''}, with no metric of "
            "known direction."
        )
    outside = [run.path for run in runs if section_of(run.path, config.sections) is None]
    if outside:
        named = ", ".join(printable(path) for path in outside[:MOST_NAMED])
        rest = f" and {len(outside) - MOST_NAMED} more" if len(outside) > MOST_NAMED else ""
        steps.append(f"  In no section: {named}{rest}.")


def _adopted(
    workspace: Workspace, runs: Sequence[Run], others: Mapping[str, str], steps: list[str]
) -> tuple[Workspace, Adoption | None]:
    """Recognise the tables of a page that has no markers yet.

    Where there is no page yet, the first of the `others` with a table of runs is one.
    """
    page = workspace.read_page()
    if page is not None:
        return workspace, None if _has_blocks(workspace) else adopt(page, runs, workspace.page)
    for name, text in others.items():
        found = adopt(text, runs, name)
        if found.adopted:
            return replace(workspace, config=replace(workspace.config, page=name)), found
        _say_left(name, found, steps)
    return workspace, None


def _other_pages(workspace: Workspace) -> dict[str, str]:
    """Return the text of the files where people keep tables, by path, those that can be read."""
    here = {
        (path := file.relative_to(workspace.root).as_posix()).lower(): path
        for folder in ("", *_FOLDERS)
        for file in (workspace.root / folder).glob("*.[mM][dD]")
    }
    texts = {}
    for path in (here[name.lower()] for name in _OTHER_PAGES if name.lower() in here):
        with suppress(OSError, UnicodeDecodeError):
            texts[path] = read_bytes(workspace.root / path).decode("utf-8")
    return texts


def _has_blocks(workspace: Workspace) -> bool:
    page = workspace.read_page()
    return page is not None and bool(parse_page(page, workspace.page).blocks)


def _lost_sections(workspace: Workspace, config: Config, runs: Sequence[Run]) -> list[str]:
    """Return the page's sections that `refresh` would empty, since others get their runs."""
    page = workspace.read_page()
    tables = parse_page(page, workspace.page).tables() if page else {}
    planned = {one.id: one.runs.keys() for one in plan(runs, config.sections, tables)}
    rows = {key: {row[0] for row in table.rows} for key, table in tables.items()}
    # An adopted table may be called as a folder whose folders are sections now.
    folders = [one.id for one in config.sections if one.by_folder and not planned.get(one.id)]
    below = {name for names in planned.values() for name in names}
    return [key for key in tables if key not in planned or (key in folders and rows[key] & below)]


def _say_left(page: str, found: Adoption, steps: list[str]) -> None:
    """Name the tables that were left alone, a line for each reason."""
    for reason in dict.fromkeys(reason for _, reason in found.left):
        at = [str(line) for line, one in found.left if one == reason]
        tables = (
            f"table in line {at[0]} was" if len(at) == 1 else f"tables in lines {listed(at)} were"
        )
        steps.append(f"{page}: the {tables} left alone: {reason}.")


def _say_stale(page: str, found: Adoption, steps: list[str]) -> None:
    """Name the cells, texts, columns and rows that the artifacts do not confirm."""
    differ = plural(len(found.stale), "value differs", "values differ")
    texts = plural(len(found.texts_to_go), "cell")
    for lead, named in (
        (f"{differ} from the artifacts, which `refresh` will show", found.stale),
        (
            f"{texts} with text beside the number, which `refresh` will remove; "
            "a column of its own keeps it",
            found.texts_to_go,
        ),
    ):
        if named:
            steps.append(f"{page}: {lead}:")
            steps += (f"  {printable(cell)}." for cell in named[:MOST_NAMED])
            if len(named) > MOST_NAMED:
                steps.append(f"  And {len(named) - MOST_NAMED:,} more.")
    typed = [printable(one.title) for one in found.metrics.values() if one.sources == ()]
    if typed:
        columns = "column" if len(typed) == 1 else "columns"
        steps.append(
            f"{page}: no artifact fills the {columns} {listed(typed)}; "
            "`refresh` leaves what people wrote there (`sources = []`)."
        )
    for section in found.sections:
        if section.baselines:
            rows = "row" if len(section.baselines) == 1 else "rows"
            steps.append(
                f"{page}: no artifacts found for the {rows} "
                f"{listed([printable(name) for name in section.baselines])} of "
                f"{printable(section.title)}; configured as `baselines`."
            )


def _say_packages(workspace: Workspace, runs: Sequence[Run], steps: list[str]) -> None:
    """Name the packages with a page of their own, whether this page has their runs or not."""
    for lead, is_here in (
        ("Left out, each with a page of its own", False),
        ("Included, each with a page of its own too", True),
    ):
        packages = [
            one
            for one in workspace.packages
            if any(is_below(run.path, one) for run in runs) is is_here
        ]
        if packages:
            steps.append(f"  {lead}: {listed(packages)}.")


def _from_runs(workspace: Workspace, collection: Collection, others: Mapping[str, str]) -> Config:
    """Return a configuration that shows what refresh would show without one.

    In the only table of a section, what a table of the `others` shows comes first.
    """
    finished = [run for run in collection.runs if run.finished]
    if not finished:
        where = ", ".join(pattern for one in workspace.sections for pattern in one.runs)
        seen = terminal.hints((*collection.problems, *collection.remarks))
        packages = listed(workspace.packages)
        kept = f" (left out, each with a page of its own: {packages})" if packages else ""
        raise BotError(
            f"no runs with metrics found under {where} or another folder{kept}; let a training "
            "job write experiments/RUN/metrics.json, or write "
            f'[[sections]] with runs = ["YOUR/FOLDER/*"] into {configuration.FILE}{seen}'
        )
    planned = [one for one in plan(finished, workspace.sections, ()) if one.runs]
    # A database such as MLflow's has its runs where their artifacts are.
    paths = {path for run in finished for path in (run.path, *run.files)}
    used = {table.id for path in paths if (table := section_of(path, workspace.sections))}
    sections = {table.id: table for table in workspace.sections if table.id in used}
    count = Counter(one.settings.id for one in planned)
    named = [letters(one) for name, text in others.items() for one in titles_shown(text, name)]
    shown = []
    for one in planned:
        own = Readings([*one.runs.values()])
        keys = chosen = common(own)
        if count[one.settings.id] == 1:
            called = {letters(text): key for key in own.names[::-1] for text in (key, title(key))}
            first = dict.fromkeys(called[text] for text in named if text in called)
            keys = [*dict.fromkeys([*first, *chosen])][: max(len(chosen), len(first))]
        if keys != chosen:
            sections[one.settings.id] = replace(one.settings, columns=tuple(keys))
        shown.append(keys)
    base = Config(page=workspace.page, sections=tuple(sections.values()))
    readings = Readings(finished)
    tables = {key: _metric(base, key, readings) for keys in shown for key in keys}
    for keys in shown:
        titles = Counter(tables[key].title for key in keys)
        for key in keys:
            if titles[tables[key].title] > 1:
                tables[key] = replace(tables[key], title=key)
    return replace(base, metrics=tables)


def _metric(base: Config, key: str, readings: Readings) -> MetricTable:
    """Return how a metric is shown, written out so that people can change it."""
    metric = base.metric(key)
    stated = readings.direction(metric)
    return MetricTable(
        title=metric.title,
        direction=metric.direction if stated is Direction.UNKNOWN else stated,
        format=number_format(key, readings.values(metric)),
    )
