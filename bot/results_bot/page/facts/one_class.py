"""Runs whose model predicts one and the same class for every sample."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import msgspec

from results_bot.metric_names import tokens
from results_bot.page.facts.chance import levels
from results_bot.page.material import Material
from results_bot.page.siblings import Member

FEWEST = 20
"""Fewer samples may well all be of one class."""
LIKELY = 10
"""Accuracies that chance could give; with fewer, one that is a class's share tells nothing."""


class OneClass(msgspec.Struct, frozen=True):
    """One such run."""

    member: Member
    label: str
    share: float
    """Fraction of the samples whose target is that class: what the accuracy then must be."""
    samples: int
    seen: bool
    """Seen in the run's own predictions; otherwise told by an accuracy equal to the share."""


def one_class(material: Material) -> list[OneClass]:
    """Return the runs that predict one class, in the page's order."""
    found: list[OneClass] = []
    shares: dict[int, dict[str, float]] = {}
    if not any(siblings.have_predictions for siblings in material.sections):
        return []
    unseen: list[Member] = []
    for member in material.members:
        samples = material.samples_of(member)
        if samples is None:
            unseen.append(member)
            continue
        own = samples.shares()
        shares.setdefault(len(samples), own)
        label = samples.single_class
        # Where nearly every target is another one, they are numbers and no classes.
        if label is not None and len(samples) >= FEWEST and 1 < len(own) <= len(samples) / 2:
            found.append(OneClass(member, label, own.get(label, 0.0), len(samples), seen=True))
    if shares:
        found += [fact for member in unseen for fact in _told(member, shares)]
    if not found:
        return []
    order = {id(member): position for position, member in enumerate(material.members)}
    return sorted(found, key=lambda fact: order[id(fact.member)])


def _told(member: Member, shares: dict[int, dict[str, float]]) -> Iterator[OneClass]:
    """Tell by an accuracy that is exactly a class's share of the same test set."""
    count = member.sample_count
    own = shares.get(count or 0)
    accuracy = _accuracy(member) if own else None
    if count is None or count < FEWEST or own is None or accuracy is None:
        return
    fitting = [(label, share) for label, share in own.items() if abs(share - accuracy) < 1e-9]
    # Of classes that are equally frequent any would do, and so would a model that guesses.
    if len(fitting) == 1 and levels("accuracy", accuracy, count) >= LIKELY:
        label, share = fitting[0]
        yield OneClass(member, label, share, count, seen=False)


def _accuracy(member: Member) -> float | None:
    """Return the exact top-1 accuracy on the test set; a rounded one would fit by chance."""
    readings = member.run.readings if member.run else {}
    name = _accuracy_of(tuple(readings))
    return None if name is None else readings[name].value


@lru_cache(maxsize=1_024)
def _accuracy_of(names: tuple[str, ...]) -> str | None:
    """Return which of a run's readings that is; runs of one kind have the same names."""
    for name in names:
        words = set(tokens(name))
        top1 = {"acc", "accuracy", "acc1", "top1"} & words
        if top1 and "test" in words and not {"top3", "top5", "best"} & words:
            return name
    return None
