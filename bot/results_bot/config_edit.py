"""Write and edit configuration files with tomlkit, which keeps a person's text as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import tomlkit
from tomlkit.items import AoT

from results_bot.config import PYPROJECT, Config, parse
from results_bot.errors import BotError
from results_bot.model import Direction

_HEAD = """\
# What results-bot collects and how it shows it: `results-bot --help`.
# A metric says how it is shown and which way it gets better; a section says which runs it holds.
"""
_UNCLEAR = """\
Which way is better? Set direction = "lower" or "higher"; until then
this metric is shown and never judged."""


def render(config: Config, unclear: Iterable[str] = ()) -> str:
    """Return TOML that `config.parse` reads back as `config`.

    `unclear` names metrics whose direction is not known; each gets a comment that asks for it.
    """
    unclear = set(unclear)
    document = tomlkit.parse(_HEAD)
    document["page"] = config.page
    if config.run_title != "Run":
        document["run-title"] = config.run_title
    metrics = tomlkit.table(is_super_table=True)
    for key, metric in config.metrics.items():
        entries = _changed(metric)
        if metric.direction is Direction.UNKNOWN:
            del entries["direction"]
        metrics[key] = _table(entries)
        if key in unclear:
            for line in _UNCLEAR.splitlines():
                metrics[key].add(tomlkit.comment(line))
        metrics[key].add(tomlkit.nl())
    if config.metrics:
        document.add(tomlkit.nl())
        document["metrics"] = metrics
    sections = tomlkit.aot()
    for section in config.sections:
        sections.append(_table({"id": section.id} | _changed(section)))
    if config.sections:
        if not config.metrics:
            document.add(tomlkit.nl())
        document["sections"] = sections
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
    found[0]["id"] = _like(found[0].item("id"), new) if isinstance(sections, AoT) else new
    edited = tomlkit.dumps(document)
    parse(edited, file)
    return edited


def _like(item: Any, value: str) -> Any:
    """Return a string in the same kind of quotes as `item`."""
    return tomlkit.string(value, literal=item.as_string().startswith("'"))


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
            array = tomlkit.array()
            array.extend(value)
            if len(array.as_string()) >= 80:
                array.clear()
                for entry in value:
                    array.add_line(entry, indent="  ")
                array.add_line(indent="")
            table[name] = array
        else:
            table[name] = str(value) if isinstance(value, Direction) else value
    return table
