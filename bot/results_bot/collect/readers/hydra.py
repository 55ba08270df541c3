"""Hydra: a job's settings under `.hydra`, its name from the overrides."""

from __future__ import annotations

import re

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import label, leaves, setting
from results_bot.collect.readers import yaml_metrics
from results_bot.model import Scalar

TITLE = "Hydra"

_DATED = re.compile(r"(?:^|/)(\d{4}-\d{2}-\d{2}/\d{2}-\d{2}-\d{2})$")
_OVERRIDE = re.compile(r"(?:\+\+|\+)?([^=~\s]+)=(.*)", re.DOTALL)


def claims(path: str) -> bool:
    """Claim the settings of a job."""
    return f"/{path}".endswith(("/.hydra/overrides.yaml", "/.hydra/config.yaml"))


def read(file: File) -> list[Extracted] | None:
    """Return a job's settings and name."""
    job = file.folder.rpartition("/")[0]
    document = yaml_metrics.load(file.text)
    if file.name == "config.yaml":
        settings = document if isinstance(document, dict) else {}
        return [Extracted(params=leaves(settings, file.path, "config").params, root=job)]
    overrides = [str(one) for one in document] if isinstance(document, list) else []
    # The name is as in Hydra's folder names; without overrides, the job's date and time.
    dated = _DATED.search(job)
    name = label(",".join(one.lstrip("+") for one in overrides)) or (dated and dated[1])
    params: dict[str, Scalar] = {}
    for override in overrides:
        if found := _OVERRIDE.fullmatch(override):
            params[label(found[1])] = _value(found[2])
    return [Extracted(params=params, name=name, root=job, started=True)]


def _value(text: str) -> Scalar:
    try:
        value = yaml_metrics.load(text)
    except UnreadableError:
        return label(text)
    return label(text) if isinstance(value, list | dict) else setting(value)
