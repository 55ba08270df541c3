"""Trackio's database of a project: each run with its metrics by step and its settings."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from results_bot.collect import steps
from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File
from results_bot.collect.flatten import label, leaves, parsed
from results_bot.collect.sqlite_tables import SUFFIXES, open_database

TITLE = "Trackio"

_TABLES = {"metrics": "run_name timestamp step metrics", "configs": "run_name config"}

claims = ending(*SUFFIXES)


def read(file: File) -> list[Extracted] | None:
    """Return one run per run of the project, None for another program's database."""
    with open_database(file, _TABLES) as database:
        if database is None:
            return None
        key = "run_id" if database.has("metrics", "run_id") else "run_name"
        records: defaultdict[Any, list[dict[str, Any]]] = defaultdict(list)
        names: dict[Any, str] = {}
        for run, name, step, logged in database.rows(
            f"SELECT {key}, run_name, step, metrics FROM metrics ORDER BY step, timestamp"  # noqa: S608
        ):
            names[run] = label(name)
            records[run].append({"step": step, **_object(logged)})
        configs = {
            run: {name: value for name, value in _object(config).items() if name[:1] != "_"}
            for run, config in database.rows(f"SELECT {key}, config FROM configs")  # noqa: S608
        }
    count = Counter(names.values())
    runs = []
    for run, name in names.items():
        shown = name if count[name] == 1 else f"{name} {label(run)[:8]}"
        settings = leaves(configs.get(run, {}), file.path, "config").params
        member = f"{file.stem}/{shown.replace('/', ':')}"
        runs.append(
            Extracted(steps.of_records(records[run], file), settings, member=member, name=shown)
        )
    return runs


def _object(text: object) -> dict[str, Any]:
    found = parsed(text)
    return found if isinstance(found, dict) else {}
