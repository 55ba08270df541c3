"""Annotations where no check run may be written: lines that the runner reads from the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from results_bot.hostile import workflow_command, workflow_property
from results_bot.model import Severity
from results_bot.report.page_annotations import Annotation

MOST = 10
"""GitHub shows this many of each level for one step."""
_COMMAND = {Severity.FAILURE: "error", Severity.WARNING: "warning", Severity.NOTICE: "notice"}


def lines(found: Iterable[Annotation]) -> list[str]:
    """Return one workflow command each, as many as GitHub shows."""
    count: Counter[Severity] = Counter()
    out = []
    for one in found:
        count[one.level] += 1
        if count[one.level] <= MOST:
            place = f"file={workflow_property(one.path)},line={one.line}"
            title = workflow_property(one.title)
            message = workflow_command(one.message)
            out.append(f"::{_COMMAND[one.level]} {place},title={title}::{message}")
    return out
