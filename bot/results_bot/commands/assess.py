"""Evaluate a commit with the artifacts of CI jobs: `evaluate` for the jobs on GitHub."""

from __future__ import annotations

from datetime import datetime

from results_bot.config import Config
from results_bot.evaluate import Evaluation, evaluate
from results_bot.github.artifacts import Gathered
from results_bot.workspace import Workspace

Assessment = Evaluation


def assess(
    workspace: Workspace,
    base: str,
    head: str,
    gathered: Gathered,
    now: datetime,
    config: Config | None = None,
    *,
    renewed: bool = False,
    stands: bool = False,
) -> Evaluation:
    """Return `evaluate` of two commits and the uploads."""
    return evaluate(
        workspace, now, base, head, uploads=gathered, config=config, renewed=renewed, stands=stands
    )
