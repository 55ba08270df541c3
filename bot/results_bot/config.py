"""The configuration, parsed once into a frozen object; every wrong key is an error that names it.

It comes from `results-bot.toml`, else `[tool.results-bot]` in `pyproject.toml`, else there is none
and everything has a default. This module parses text; it opens no file.
"""

# Not `from __future__ import annotations`: msgspec would compile every annotation anew.
import re
import tomllib
from collections.abc import Callable, Iterator
from posixpath import normpath
from typing import Annotated, Any

import msgspec

from results_bot.errors import ConfigError
from results_bot.escape import printable
from results_bot.globs import scheme
from results_bot.metric_names import canonical, direction
from results_bot.metric_titles import title
from results_bot.model import Direction, Metric, Severity, Tolerance

FILE = "results-bot.toml"
PYPROJECT = "pyproject.toml"
PAGES = ("RESULTS.md", "RESULTS_SUMMARY.md", "LEADERBOARD.md")
"""Names under which a page is looked for where the configuration names none."""

DEFAULT_TOLERANCE = Tolerance(relative=0.01, is_default=True)
"""Where the owner set none: less is not even a warning if nothing is known about noise."""

_FORMAT = re.compile(r"(,?d|,?\.\d{1,2}([fegp%]|f%))( ?[A-Za-z\u00b5/]{1,8})?")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Base of every table: kebab-case keys, no others."""


class ToleranceTable(_Table, frozen=True):
    """`tolerance = { relative = 0.01, absolute = 0.001 }`."""

    relative: Annotated[float, msgspec.Meta(ge=0, le=1e12)] = 0.0
    absolute: Annotated[float, msgspec.Meta(ge=0, le=1e12)] = 0.0

    def value(self) -> Tolerance:
        """Return the model's value."""
        return Tolerance(self.relative, self.absolute)


class MetricTable(_Table, frozen=True):
    """`[metrics.NAME]`: how a metric is found, shown and judged."""

    title: str = ""
    long_title: str = ""
    direction: Direction | None = None
    format: str = ""
    sources: tuple[str, ...] | None = None
    """Names in the artifacts, the first that a run has is taken; `[]` for a hand-kept column."""
    tolerance: ToleranceTable | None = None


class SectionTable(_Table, frozen=True):
    """`[[sections]]`: a titled table of runs."""

    id: str
    title: str = ""
    level: Annotated[int, msgspec.Meta(ge=1, le=6)] = 2
    """Heading level where the bot writes the heading."""
    runs: tuple[str, ...] = ()
    """Patterns of run folders, such as `experiments/nightly/*` or `s3://bucket/nightly/*`."""
    by_folder: bool = False
    """One table for each folder that holds runs; `{folder}` in the title is its name."""
    sort: str = ""
    columns: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    """Metrics and settings that get no column where no columns are set."""
    parameters: bool | tuple[str, ...] | None = None
    """Settings to show before the metrics; unset: those that vary, where no columns are set."""
    run_title: str = ""
    link: str = ""
    """Address behind a run's name; `{path}`, `{run}` and settings in braces are filled in."""
    top: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Rows in sight, the others being folded; 0 for all."""
    transpose: bool = False
    """Runs as columns, metrics as rows."""
    names: dict[str, str] = {}
    """What the page calls a run, by its path or its name."""
    baselines: tuple[str, ...] = ()
    """Rows that people wrote, such as published results: shown below the runs, never the best."""
    note: str = ""
    narrative: str = ""
    tolerance: dict[str, ToleranceTable] = {}
    """By metric, for this section."""


class ApprovalsTable(_Table, frozen=True):
    """`[approvals]`: who may accept findings on GitHub, and how."""

    authors_may_approve: bool = False
    """The author of a pull request may approve its own metrics."""
    reviews_count: bool = False
    """An approving review of the newest commit accepts all findings."""
    approvers: tuple[str, ...] = ()
    """Logins; where there are some, only these, and they need write permission too."""


class Config(_Table, frozen=True):
    """All settings. The defaults are what happens without a configuration file."""

    page: str = ""
    run_title: str = "Run"
    generated: bool | None = None
    """Keep a `Generated:` line; unset: where the page has one."""
    takeaways: bool = True
    best_in_bold: bool = False
    """Show the best value of each column in bold."""
    charts: bool = False
    """Draw SVG files beside the page and link them from it."""
    fold_seeds: bool = True
    """Show runs that differ only in a seed as one row: mean ± standard deviation (n)."""
    max_file_size_mb: Annotated[float, msgspec.Meta(gt=0, le=1e6)] = 64.0
    tolerance: ToleranceTable | None = None
    """For every metric that sets none; unset: `DEFAULT_TOLERANCE`."""
    metrics: dict[str, MetricTable] = {}
    sections: tuple[SectionTable, ...] = ()
    rules: dict[str, Severity | bool] = {}
    approvals: ApprovalsTable = ApprovalsTable()
    max_remote_files: Annotated[int, msgspec.Meta(gt=0)] = 1_000_000
    """Files that are listed under one address at most."""

    @property
    def max_file_size(self) -> int:
        """The cap for one artifact, in bytes."""
        return int(self.max_file_size_mb * 1_000_000)

    def is_typed(self, metric: Metric) -> bool:
        """Return True for a column that people fill in by hand."""
        return self.metrics.get(metric.key, MetricTable()).sources == ()

    def has_bold(self, metric: Metric) -> bool:
        """Return True if the best value of the metric is in bold; people mark their own column."""
        return self.best_in_bold and not self.is_typed(metric)

    def metric(self, key: str, section: SectionTable | None = None) -> Metric:
        """Return the metric called `key`, what is not configured being read off its name.

        An empty format means that it is chosen by the values.
        """
        table = self.metrics.get(key, MetricTable())
        own = (section.tolerance.get(key) if section else None) or table.tolerance
        tolerance = own or self.tolerance
        sources = (key,) if table.sources is None else table.sources
        return Metric(
            key=key,
            title=printable(table.title or title(key)),
            direction=table.direction or direction(key, table.title),
            format=table.format,
            long_title=printable(table.long_title),
            sources=tuple(canonical(source) for source in sources),
            tolerance=tolerance.value() if tolerance else DEFAULT_TOLERANCE,
            configured=own is not None or table.direction is not None,
            tolerated=own is not None,
        )


def parse(text: str, file: str) -> Config:
    """Return the configuration in `text`, the content of `file`. Raises ConfigError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: is not valid TOML: {error}") from None
    prefix = "tool.results-bot." if file.endswith(PYPROJECT) else ""
    if prefix:
        document = document.get("tool", {}).get("results-bot", {})
    try:
        config = msgspec.convert(document, Config)
    except msgspec.ValidationError as error:
        message, _, at = str(error).partition(" - at ")
        key = _key(document, at.strip("`").removeprefix("$").lstrip("."))
        place = f"{prefix}{key}".rstrip(".")
        raise ConfigError(f"{file}: {place}{place and ': '}{_kinder(message, key)}") from None
    for key, reason in _mistakes(config):
        raise ConfigError(f"{file}: {prefix}{key}: {reason}")
    return _of_folder(config, folder_of(file))


def find(read: Callable[[str], str | None], named: str | None = None) -> tuple[Config, str | None]:
    """Return the first configuration that is there, and its file; the defaults where there is none.

    `read` returns the text of a file, None where it is missing; `named` is looked for first, then
    the usual names in its folder. Raises ConfigError.
    """
    folder = folder_of(named or FILE)
    usual = [f"{folder}/{name}" if folder else name for name in (FILE, PYPROJECT)]
    for name in dict.fromkeys([named or FILE, *usual]):
        text = read(name)
        if text is not None and (not name.endswith(PYPROJECT) or has_table(text)):
            return parse(text, name), name
    return _of_folder(Config(), folder), None


def folder_of(file: str) -> str:
    """Return the folder that a configuration with one of the usual names is for."""
    folder, _, name = file.rpartition("/")
    return folder if name in (FILE, PYPROJECT) and not folder.startswith("/") else ""


def _of_folder(config: Config, folder: str) -> Config:
    """Return a folder's configuration with all paths from the top of the repository."""
    if not folder:
        page = normpath(config.page) if config.page else ""
        return msgspec.structs.replace(config, page=page)
    default = SectionTable("results", title="{folder}", runs=("**",), by_folder=True)
    sections = tuple(
        msgspec.structs.replace(
            one,
            runs=tuple(run if scheme(run) else f"{folder}/{run}" for run in one.runs),
            names={f"{folder}/{run}": name for run, name in one.names.items()} | one.names,
        )
        for one in config.sections or [default]
    )
    page = normpath(f"{folder}/{config.page or PAGES[0]}")
    return msgspec.structs.replace(config, page=page, sections=sections)


def has_table(pyproject: str) -> bool:
    """Return True if the text of a pyproject.toml has our table, without parsing all of it."""
    return "results-bot" in pyproject and bool(
        re.search(r"^\s*\[+\s*tool\s*\.\s*[\"']?results-bot", pyproject, re.MULTILINE)
    )


def _key(document: object, where: str) -> str:
    """Return a path into `document` with the names that people gave: of entries, of sections."""
    key = ""
    for part in re.findall(r"\[\d+\]|\[\.\.\.\]|[^.\[]+", where):
        if isinstance(document, list) and part[1:-1].isdecimal():
            document = document[int(part[1:-1])]
            name = document.get("id") if isinstance(document, dict) else None
            key += f".{name}" if isinstance(name, str) else part
        elif isinstance(document, dict) and part == "[...]":
            name = _wrong_entry(document, key.rpartition(".")[2])
            document = document.get(name)
            key += f".{name}"
        elif isinstance(document, dict):
            document = document.get(part)
            key += f".{part}"
    return key.lstrip(".")


_ENTRIES: dict[str, Any] = {
    "metrics": MetricTable,
    "rules": Severity | bool,
    "tolerance": ToleranceTable,
}


def _wrong_entry(entries: dict[str, Any], table: str) -> str:
    """Return the name of the entry that is wrong in a table of named entries."""
    for name, entry in entries.items():
        try:
            msgspec.convert(entry, _ENTRIES.get(table, str | int | float | bool))
        except msgspec.ValidationError:
            return str(name)
    return "..."


def _kinder(message: str, key: str) -> str:
    """Return msgspec's message with what was expected at `key`."""
    if found := re.fullmatch(r"Object contains unknown field `(.+)`", message):
        known = ", ".join(field.encode_name for field in msgspec.structs.fields(_table(key)))
        return f"unknown key `{found[1]}`; expected one of {known}"
    if found := re.fullmatch(r"Invalid enum value (.+)", message):
        last = key.rpartition(".")[2]
        return f"{found[1]} is none of {_CHOICES.get(last, _SEVERITIES)}"
    if found := re.fullmatch(r"Object missing required field `(.+)`", message):
        return f"the key `{found[1]}` is missing"
    table = "a table such as { absolute = 0.005 }" if key.endswith("tolerance") else "a table"
    return message[:1].lower() + message[1:].replace(" | null", "").replace("`object`", table)


_SEVERITIES = "failure, warning, notice, true, false"
_CHOICES = {"direction": "lower, higher, unknown"}


def _table(key: str) -> Any:
    """Return the type of the table at `key`."""
    if "tolerance" in key.split("."):
        return ToleranceTable
    return {"metrics": MetricTable, "sections": SectionTable}.get(
        re.split(r"[.\[]", key)[0], Config
    )


def _mistakes(config: Config) -> Iterator[tuple[str, str]]:
    """Yield the key and the reason of what the types alone let through."""
    for key, metric in config.metrics.items():
        if metric.format and not _FORMAT.fullmatch(metric.format):
            example = 'expected one such as ".4f", ".2%", ".3g", "d"'
            yield f"metrics.{key}.format", f"{metric.format!r} is no number format; {example}"
    families = [section.id for section in config.sections if section.by_folder]
    seen = {"generated", "takeaways", "charts"}
    titles: dict[str, str] = {}
    for section in config.sections:
        yield from _mistakes_of_section(section, seen)
        seen.add(section.id)
        if section.title and "{folder}" not in section.title:
            twin = titles.setdefault(section.title, section.id)
            if twin != section.id:
                reason = f"{section.title!r} is the title of section {twin!r} too; give it another"
                yield f"sections.{section.id}.title", reason
    for section in config.sections:
        for family in families:
            if section.id.startswith(f"{family}/"):
                among = f"is among those of the section by folder {family!r}; give it another"
                yield "sections", f"id {section.id!r} {among}"


def _mistakes_of_section(section: SectionTable, taken: set[str]) -> Iterator[tuple[str, str]]:
    where = f"sections.{section.id}"
    if not _ID.fullmatch(section.id) or "--" in section.id:
        yield "sections", f"id {section.id!r} is not allowed; use letters, digits and . _ / -"
    if section.id in taken:
        yield "sections", f"id {section.id!r} is already taken"
    if not section.runs:
        yield f"{where}.runs", 'is missing; expected patterns such as ["experiments/nightly/*"]'
    for pattern in section.runs:
        if scheme(pattern) and (reason := wrong_address(pattern)):
            yield f"{where}.runs", reason
        if pattern.startswith("/") or ".." in pattern.split("/"):
            yield f"{where}.runs", f"{pattern!r} leaves the repository"
    if section.columns and section.sort and section.sort not in section.columns:
        yield f"{where}.sort", f"{section.sort!r} is not among the columns"


def wrong_address(pattern: str) -> str:
    """Return why an address cannot be listed, or holds a password; empty where it is fine.

    Only the text is checked. No message repeats an address that may hold a password.
    """
    kind = scheme(pattern)
    rest = pattern.partition("://")[2]
    user, at, _ = rest.partition("/")[0].rpartition("@")
    if at and (":" in user or kind in ("s3", "s3a")):
        credentials = "credentials come from the environment, never from this file"
        return f"an address holds a password; {credentials}"
    if "::" in pattern:
        return f"{pattern!r} chains addresses; give one, such as s3://bucket/*"
    if pattern.partition("://")[0] != kind:
        return f"{pattern!r}: write the scheme in lower case: {kind}://"
    first = rest.lstrip("/").partition("/")[0]
    if not first or re.search(r"[*?]", first):
        return f"{pattern!r}: the first part must be a name, as in {kind}://bucket/runs/*"
    return ""
