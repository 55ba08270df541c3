"""The decision over one comparison, and what it rests on where no test is possible."""

from __future__ import annotations

from enum import StrEnum
from math import isfinite

from results_bot.model import Direction, Evidence, EvidenceKind, Tolerance

ALPHA = 0.05


class Outcome(StrEnum):
    """What one comparison comes to."""

    REGRESSION = "regression"
    IMPROVEMENT = "improvement"
    WITHIN_TOLERANCE = "within tolerance"
    """Equal, or no further apart than the metric's tolerance."""
    NOISE = "not told from noise"
    """Further apart than the tolerance, but the evidence does not bear it out."""
    UNJUDGED = "not judged"
    """No direction is known, or a value is not finite."""


def tolerance_alone() -> Evidence:
    """Return the evidence of two single values: there is no p-value and no interval."""
    return Evidence(EvidenceKind.TOLERANCE, "tolerance alone")


def judge(
    before: float,
    after: float,
    direction: Direction,
    tolerance: Tolerance,
    evidence: Evidence,
    alpha: float = ALPHA,
) -> Outcome:
    """Call a difference real if it passes the tolerance and the evidence says it is not noise.

    The p-value is the adjusted one, or the plain one where none was adjusted. Evidence without
    any p-value cannot object: the tolerance alone decides.
    """
    if direction is Direction.UNKNOWN or not (isfinite(before) and isfinite(after)):
        return Outcome.UNJUDGED
    if not tolerance.exceeded(before, after):
        return Outcome.WITHIN_TOLERANCE
    p_value = evidence.p_value if evidence.adjusted_p is None else evidence.adjusted_p
    if p_value is not None and p_value > alpha:
        return Outcome.NOISE
    worse = (after < before) == (direction is Direction.HIGHER)
    return Outcome.REGRESSION if worse else Outcome.IMPROVEMENT
