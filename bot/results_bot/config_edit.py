"""Write and edit configuration files with tomlkit, which keeps a person's text as it is."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
import tomlkit

from results_bot.config import PYPROJECT, Config, parse
from results_bot.errors import BotError
from results_bot.model import Direction

_HEAD = """\
# What results-bot collects and how it shows it: `results-bot --help`.
# A metric has its format and direction; a section has the patterns of its runs.
"""
_UNCLEAR = """\
Which way is better? Set direction = "lower" or "higher"; until then
this metric is shown and never judged."""


def render(config: Config, unclear: Collection[str] = (), text: str = _HEAD) -> str:
    """Return TOML that `config.parse` reads back as `config`.

    `unclear` names metrics whose direction is not known; each gets a comment that asks for it.
    `text` is a configuration without metrics and sections, which are added to it.
    """
    document = tomlkit.parse(text)
    for name, value in _changed(config).items():
        if name not in ("metrics", "sections") and name not in document:
            document[name] = value
    if config.metrics or config.sections:
        document.add(tomlkit.nl())
    if config.metrics:
        document["metrics"] = tomlkit.table(is_super_table=True)
    for key, metric in config.metrics.items():
        entries = _changed(metric)
        if metric.direction is Direction.UNKNOWN:
            del entries["direction"]
        table = document["metrics"][key] = _table(entries)
        for line in _UNCLEAR.splitlines() if key in unclear else ():
            table.add(tomlkit.comment(line))
        table.add(tomlkit.nl())
    if config.sections:
        document["sections"] = tomlkit.aot()
        for section in config.sections:
            document["sections"].append(_table({"id": section.id} | _changed(section)))
    return tomlkit.dumps(document).rstrip("\n") + "\n"


def rename_section(text: str, file: str, old: str, new: str) -> str:
    """Return the text of a configuration file with another id for a section.

    Raises BotError where the file has no such section, or the new id is not allowed.
    """
    document = tomlkit.parse(text)
    table: Any = document
    for name in ("tool", "results-bot") if file.endswith(PYPROJECT) else ():
        table = table.get(name, {})
    sections = table.get("sections", ())
    found = [section for section in sections if section.get("id") == old]
    if len(found) != 1:
        raise BotError(
            f'{old}: {file or "no configuration file"} has no section with id = "{old}", so that '
            "its folder names it; rename the folder, or give the section an id of its own first"
        )
    found[0]["id"] = new
    edited = tomlkit.dumps(document)
    parse(edited, file)
    return edited


def _changed(table: msgspec.Struct) -> dict[str, Any]:
    """Return the entries that differ from their default, by their names in TOML."""
    return {
        field.encode_name: value
        for field in msgspec.structs.fields(table)
        if (value := getattr(table, field.name)) not in (field.default, {})
    }


def _table(entries: dict[str, Any]) -> Any:
    table = tomlkit.table()
    for name, value in entries.items():
        if isinstance(value, tuple):
            array: Any = tomlkit.item(list(value))
            table[name] = array.multiline(len(array.as_string()) >= 80)
        elif isinstance(value, dict):
            table[name] = tomlkit.inline_table()
            table[name].update(value)
        else:
            table[name] = str(value) if isinstance(value, Direction) else value
    return table
