"""Runs whose model predicts one and the same class for every sample."""

from __future__ import annotations

from results_bot.metric_names import tokens
from results_bot.model import Run
from results_bot.page.facts.agreement import levels
from results_bot.page.facts.identity import sample_count
from results_bot.page.section import Place, RunFact, Summary

FEWEST = 20
"""Fewer samples may well all be of one class."""
LIKELY = 10
"""Accuracies that chance could give; with fewer, an accuracy that equals a class's share means
nothing."""


class OneClass(RunFact, frozen=True):
    """One such run."""

    label: str
    share: float
    """Fraction of the samples whose target is that class: what the accuracy then must be."""
    samples: int
    seen: bool
    """Seen in the run's own predictions; otherwise its accuracy equals the share."""


def one_class(summary: Summary) -> list[OneClass]:
    """Return the runs that predict one class, in the page's order."""
    found: dict[Place, OneClass] = {}
    shares: dict[int, dict[str, float]] = {}
    """Share of each class in a test set, by the number of its samples."""
    unseen: dict[Place, Run] = {}
    runs = summary.runs
    for place, run in runs.items():
        samples = summary.samples_of(run)
        if samples is None:
            unseen[place] = run
            continue
        own = samples.shares()
        shares.setdefault(len(samples), own)
        label = samples.single_class
        # Where nearly every target is another one, they are numbers and no classes.
        if label is not None and len(samples) >= FEWEST and 1 < len(own) <= len(samples) / 2:
            found[place] = OneClass(*place, label, own.get(label, 0.0), len(samples), seen=True)
    for place, run in unseen.items() if shares else ():
        count = sample_count(run) or 0
        label = _label_by_accuracy(run, count, shares.get(count, {}))
        if label is not None:
            found[place] = OneClass(*place, label, shares[count][label], count, seen=False)
    return [found[place] for place in runs if place in found]


def _label_by_accuracy(run: Run, count: int, shares: dict[str, float]) -> str | None:
    """Return the class whose share of the test set is exactly the run's accuracy, or None."""
    accuracy = next((one.value for one in run.readings.values() if _is_top1(one.name)), None)
    if accuracy is None or count < FEWEST or levels("accuracy", accuracy, count) < LIKELY:
        return None
    fitting = [label for label, share in shares.items() if abs(share - accuracy) < 1e-9]
    # Of classes that are equally frequent any would do, and so would a model that guesses.
    return fitting[0] if len(fitting) == 1 else None


def _is_top1(name: str) -> bool:
    """Return True if a reading is the exact top-1 accuracy on the test set."""
    words = set(tokens(name))
    is_accuracy = not {"acc", "accuracy", "acc1", "top1"}.isdisjoint(words)
    return is_accuracy and "test" in words and {"top3", "top5", "best"}.isdisjoint(words)
