"""Runs that were measured on another number of samples than most of their section."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import msgspec

from results_bot.metric_names import split_of, tokens
from results_bot.metric_vocabulary import SPLITS
from results_bot.model import Run
from results_bot.page.facts.identity import of_main_data_set
from results_bot.page.material import SectionView

_SAME_SPLIT = {"valid": "val", "validation": "val", "dev": "val"}

_COUNTS = (("num", "samples"), ("n", "samples"), ("num", "examples"), ("n", "examples"))


class OtherTestSet(msgspec.Struct, frozen=True):
    """One such run."""

    section: str
    run: str
    samples: int
    usual: int
    """The number of samples of most runs in the section."""


def other_test_sets(view: SectionView) -> list[OtherTestSet]:
    """Return the runs whose sample count differs from that of most runs in their section.

    Each section is looked at alone, and only its main data set: a count of another data set is
    no surprise.
    """
    usual = usual_count(view)
    if usual is None:
        return []
    own = of_main_data_set(view)
    counts = {name: sample_count(run) for name, run in view.runs.items() if name in own}
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

    Without a split it is the test split, or the count that names none.
    """
    by_split: dict[str | None, int] = {}
    for name, reading in run.readings.items() if run else ():
        if _counts_samples(name) and 1 <= reading.value < float("inf"):
            found = split_of(name)
            by_split.setdefault(_SAME_SPLIT.get(found or "", found), int(reading.value))
    if split is None:
        return by_split.get("test", by_split.get(None))
    return by_split.get(_SAME_SPLIT.get(split, split), by_split.get(None))


@lru_cache(maxsize=4_096)
def _counts_samples(name: str) -> bool:
    """Return True for `num_samples`, `test_n_samples`, `num_test_samples`, `eval_samples`."""
    words = tokens(name)
    plain = tuple(word for word in words if word not in SPLITS and word != "predict")
    return plain[-2:] in _COUNTS or (len(words) > 1 and plain == ("samples",))
