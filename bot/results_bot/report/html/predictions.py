"""How often each class was predicted and how often it was right: small bars, one set a run."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from results_bot.report.html.story import Drawn, Story

MOST_CLASSES = 12
REST = "other"


class Bar(msgspec.Struct, frozen=True):
    """One class; shares in percent."""

    label: str
    predicted: float
    target: float


class Histogram(msgspec.Struct, frozen=True):
    """One run's predictions."""

    run: str
    section: str
    samples: int
    bars: tuple[Bar, ...]
    only: str | None
    """The one class that is predicted throughout."""

    @property
    def alt(self) -> str:
        """The bars in words."""
        if self.only is not None:
            share = next((bar.target for bar in self.bars if bar.label == self.only), 0.0)
            return (
                f"Predicts class {self.only} for all {self.samples:,} samples; "
                f"{share:.1f}% of them are."
            )
        parts = (f"{b.label} {b.predicted:.1f}% for {b.target:.1f}%" for b in self.bars)
        return f"Predicted for actual share: {', '.join(parts)}."


def histograms(story: Story) -> list[Histogram]:
    """Return one for each drawn run that left predictions, one-class predictors first."""
    found = [_histogram(one) for one in story.drawn if one.predicted and _classes(one)]
    return sorted(found, key=lambda one: one.only is None)


def _classes(one: Drawn) -> bool:
    """Tell whether these are classes: many samples share a target."""
    return 1 < len(one.target) <= sum(one.target.values()) / 2


def _histogram(one: Drawn) -> Histogram:
    total = sum(one.predicted.values())
    labels = sorted(set(one.predicted) | set(one.target), key=_natural)
    weight = {label: one.predicted.get(label, 0) + one.target.get(label, 0) for label in labels}
    kept = set(sorted(labels, key=lambda label: -weight[label])[:MOST_CLASSES])
    bars = [_bar(label, one, [label], total) for label in labels if label in kept]
    rest = [label for label in labels if label not in kept]
    if rest:
        bars.append(_bar(f"{len(rest):,} {REST}", one, rest, total))
    only = next(iter(one.predicted)) if len(one.predicted) == 1 else None
    return Histogram(one.member.name, one.member.section.title, total, tuple(bars), only)


def _bar(name: str, one: Drawn, labels: Sequence[str], total: int) -> Bar:
    predicted = sum(one.predicted.get(label, 0) for label in labels)
    target = sum(one.target.get(label, 0) for label in labels)
    return Bar(name, round(100 * predicted / total, 2), round(100 * target / total, 2))


def _natural(label: str) -> tuple[bool, float, str]:
    try:
        return False, float(label), label
    except ValueError:
        return True, 0.0, label
