"""`docs/metric-names.md`: the words that give a metric's direction, from the vocabulary."""

from __future__ import annotations

from collections.abc import Iterable

from results_bot import metric_words as words
from results_bot.metric_names import direction
from results_bot.model import Direction

_HEAD = """\
# Metric names

Whether a metric is better when higher or lower is taken from the configuration, else from the \
artifact, else from its name. A metric whose name leaves a doubt is shown and never judged, unless \
you set its `direction`; `init` lists those that it found.

A name is split at capitals, digits and signs: `valTop1_acc` is `val`, `top1`, `acc`. Digits after \
a word are ignored (`bleu4`, `ndcg@10`). What stands before the first preposition was measured: \
`reward_per_step` is a reward, and `steps_per_success` is no success. There, the last word that \
names a metric decides, and the words of what it is nested in do not negate or divide it: \
`promoter_no_tata.accuracy`. The direction is unknown where another word makes another quantity of \
it: a setting (`accuracy_threshold`), a count (`recall.fp`), a spread or a bound (`acc_ci_low`), a \
change (`accuracy_drop`), or a metric that improves the other way (`loss_correlation`).

An arrow in a key or a heading states the direction: `Forget Acc↓` is better when lower. It is no \
part of the metric's name.

This page is generated from the code by `make docs`.
"""


def render() -> str:
    """Return the page."""
    good = {f"{rate} rate" for rate in words.GOOD_RATES} | {"per second"}
    bad = {f"{rate} rate" for rate in words.BAD_RATES} | {"false ... rate"}
    shown = [word for word in sorted(words.COSTS) if direction(word) is not Direction.UNKNOWN]
    return (
        f"{_HEAD}\n## Lower is better\n\n{_listed(words.LOWER | bad)}\n\n"
        f"At the end of a name: {_listed(words.LOWER_AT_END)}.\n\n"
        f"## Higher is better\n\n{_listed(words.HIGHER | good)}\n\n"
        f"At the end of a name: {_listed(words.HIGHER_AT_END)}.\n\n"
        "A `score` is better when higher only by itself or as a quality score; a likelihood with "
        "`neg` or `negative` is better when lower, and an error that scikit-learn negates "
        "(`neg_mean_squared_error`) when higher.\n\n"
        "## Costs\n\n"
        "Shown after the metrics of quality; no table is sorted by a cost unless you configure it: "
        f"{_listed(shown)}.\n"
    )


def _listed(found: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(found))
