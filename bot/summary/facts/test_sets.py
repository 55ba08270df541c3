"""Runs that were measured on another number of samples than the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.summary.material import Material, Member


@dataclass(frozen=True, slots=True)
class OtherTestSet:
    """One such run."""

    member: Member
    samples: int
    usual: int
    """What most runs of the section were measured on."""


def other_test_sets(material: Material) -> list[OtherTestSet]:
    """Return the runs whose sample count is not the one that most runs of their section have.

    Sections are apart on purpose: each may be of another data set.
    """
    return [
        OtherTestSet(member, member.sample_count, usual)
        for section in material.summary.sections
        if (usual := usual_count(material.of(section))) is not None
        for member in material.of(section)
        if member.sample_count is not None and member.sample_count != usual
    ]


def usual_count(members: Sequence[Member]) -> int | None:
    """Return the sample count that more than half of the runs have; None where there is none."""
    counts = Counter(m.sample_count for m in members if m.sample_count is not None)
    usual, times = max(counts.items(), key=lambda item: item[1], default=(None, 0))
    return usual if times * 2 > sum(counts.values()) else None
