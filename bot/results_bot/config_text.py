"""A configuration written out as TOML, with a word of comment for the person who finds it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from results_bot.config import Config, MetricTable, SectionTable
from results_bot.model import Direction

_HEAD = """\
# What results-bot collects and how it shows it: `results-bot --help`.
# A metric says how it is shown and which way it gets better; a section says which runs it holds.
"""


def render(config: Config, unclear: Iterable[str] = ()) -> str:
    """Return TOML that `config.parse` reads back as `config`.

    `unclear` names metrics whose direction could not be told; each gets a line that asks for it.
    """
    lines = [_HEAD.rstrip(), f"page = {_text(config.page)}"]
    if config.run_title != "Run":
        lines.append(f"run-title = {_text(config.run_title)}")
    unclear = set(unclear)
    for key, metric in config.metrics.items():
        lines += ["", f"[metrics.{_key(key)}]", *_metric(metric)]
        if key in unclear:
            lines.append('# Which way is better? Set direction = "lower" or "higher"; until then')
            lines.append("# this metric is shown and never judged.")
    for section in config.sections:
        lines += ["", "[[sections]]", *_section(section)]
    return "\n".join(lines) + "\n"


def _metric(metric: MetricTable) -> Iterator[str]:
    if metric.title:
        yield f"title = {_text(metric.title)}"
    if metric.long_title:
        yield f"long-title = {_text(metric.long_title)}"
    if metric.direction not in (None, Direction.UNKNOWN):
        yield f"direction = {_text(str(metric.direction))}"
    if metric.format:
        yield f"format = {_text(metric.format)}"
    if metric.sources is not None:
        yield f"sources = {_list(metric.sources)}"


def _section(section: SectionTable) -> Iterator[str]:
    yield f"id = {_text(section.id)}"
    if section.title:
        yield f"title = {_text(section.title)}"
    if section.level != 2:
        yield f"level = {section.level}"
    yield f"runs = {_list(section.runs)}"
    if section.by_folder:
        yield "by-folder = true"
    if section.sort:
        yield f"sort = {_text(section.sort)}"
    if section.columns:
        yield f"columns = {_list(section.columns)}"
    if section.parameters is not None:
        yield f"parameters = {_parameters(section.parameters)}"
    if section.run_title:
        yield f"run-title = {_text(section.run_title)}"
    yield from _words({"note": section.note, "narrative": section.narrative})


def _words(entries: Mapping[str, str]) -> Iterator[str]:
    return (f"{name} = {_text(value)}" for name, value in entries.items() if value)


def _parameters(value: bool | tuple[str, ...]) -> str:
    return str(value).lower() if isinstance(value, bool) else _list(value)


def _list(values: Iterable[str]) -> str:
    values = list(values)
    line = "[" + ", ".join(_text(value) for value in values) + "]"
    if len(line) < 80:
        return line
    return "[\n" + "".join(f"  {_text(value)},\n" for value in values) + "]"


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else _text(name)


def _text(value: str) -> str:
    # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
