"""Runs that were measured on another number of samples than the rest."""

from __future__ import annotations

import msgspec

from results_bot.page.siblings import Member, Siblings


class OtherTestSet(msgspec.Struct, frozen=True):
    """One such run."""

    member: Member
    samples: int
    usual: int
    """What most runs of the section were measured on."""


def other_test_sets(siblings: Siblings) -> list[OtherTestSet]:
    """Return the runs whose sample count is not the one that most runs of their section have.

    Sections are apart on purpose: each may be of another data set.
    """
    counts, usual = siblings.sample_counts, siblings.usual_count
    if usual is None or counts.count(usual) == len(counts):
        return []
    return [
        OtherTestSet(member, count, usual)
        for member, count in zip(siblings.members, counts, strict=True)
        if count is not None and count != usual
    ]
