"""Runs that were measured on another number of samples than most of their section."""

from __future__ import annotations

from collections import Counter

import msgspec

from results_bot.metric_names import split_of, tokens
from results_bot.model import Run
from results_bot.page.material import SectionView

_SAME_SPLIT = {"valid": "val", "validation": "val", "dev": "val"}


class OtherTestSet(msgspec.Struct, frozen=True):
    """One such run."""

    section: str
    run: str
    samples: int
    usual: int
    """The number of samples of most runs in the section."""


def other_test_sets(view: SectionView) -> list[OtherTestSet]:
    """Return the runs whose sample count differs from that of most runs in their section.

    Each section is looked at alone: another section may be of another data set.
    """
    usual = usual_count(view)
    if usual is None:
        return []
    counts = {name: sample_count(run) for name, run in view.runs.items()}
    return [
        OtherTestSet(view.section.id, name, count, usual)
        for name, count in counts.items()
        if count not in (None, usual)
    ]


def usual_count(view: SectionView) -> int | None:
    """Return the number of samples that more than half of the known counts have, or None."""
    counts = Counter(map(sample_count, view.runs.values()))
    counts.pop(None, None)
    usual, times = max(counts.items(), key=lambda item: item[1], default=(None, 0))
    return usual if times * 2 > counts.total() else None


def sample_count(run: Run | None, split: str | None = None) -> int | None:
    """Return how many samples of a data split the run was measured on, by its artifacts.

    Without a split it is the test split, else the first one that the artifacts count.
    """
    by_split: dict[str | None, int] = {}
    for name, reading in run.readings.items() if run else ():
        if tokens(name)[-2:] in (("num", "samples"), ("n", "samples")):
            found = split_of(name)
            if 1 <= reading.value < float("inf"):
                by_split.setdefault(_SAME_SPLIT.get(found or "", found), int(reading.value))
    if split is None:
        return by_split.get("test", next(iter(by_split.values()), None))
    return by_split.get(_SAME_SPLIT.get(split, split), by_split.get(None))
