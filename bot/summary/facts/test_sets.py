"""Runs that were measured on another number of samples than the rest."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from bot.summary.material import Material, Member


@dataclass(frozen=True, slots=True)
class OtherTestSet:
    """One such run."""

    member: Member
    samples: int
    usual: int
    """What most runs of the page were measured on."""


def other_test_sets(material: Material) -> list[OtherTestSet]:
    """Return the runs whose sample count is not the one that more than half of the runs have."""
    counts = Counter(m.sample_count for m in material.members if m.sample_count is not None)
    if len(counts) < 2:
        return []
    usual, times = counts.most_common(1)[0]
    if usual is None or times * 2 <= sum(counts.values()):
        return []
    return [
        OtherTestSet(member, member.sample_count, usual)
        for member in material.members
        if member.sample_count not in (None, usual) and member.sample_count is not None
    ]
