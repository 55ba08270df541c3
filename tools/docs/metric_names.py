"""`docs/metric-names.md`: the words that give a metric's direction, from the vocabulary."""

from __future__ import annotations

from collections.abc import Iterable

from results_bot import metric_vocabulary as words
from results_bot.metric_names import Role, role
from results_bot.model import Direction

_HEAD = """\
# Metric names

Whether a metric is better when higher or lower is taken from the configuration, else from the \
artifact, else from the words of its name, the last word first. A name is split at capitals, \
digits and signs: `valTop1_acc` is `val`, `top1`, `acc`. Digits after a word are ignored \
(`bleu4`, `ndcg@10`). A metric with none of these words is shown and never judged, unless you set \
its `direction`.

This page is generated from the code by `make docs`.
"""


def render() -> str:
    """Return the page."""
    pairs = {
        way: [" ".join(pair) for pair, its in words.PAIRS.items() if its is way]
        for way in (Direction.LOWER, Direction.HIGHER)
    }
    good = {f"{rate} rate" for rate in words.GOOD_RATES}
    bad = {f"{rate} rate" for rate in words.BAD_RATES}
    for pair, way in words.ROC_RATES.items():
        (bad if way is Direction.LOWER else good).add(f"{' '.join(pair)} rate")
    shown = [word for word in sorted(words.COSTS) if role(word) is Role.METRIC]
    return (
        f"{_HEAD}\n## Lower is better\n\n"
        f"{_listed([*words.LOWER, *pairs[Direction.LOWER], *bad])}\n\n"
        f"## Higher is better\n\n"
        f"{_listed([*words.HIGHER, *pairs[Direction.HIGHER], *good, 'per second'])}\n\n"
        "`score` decides only where no other word does: an `fid_score` is an FID. A likelihood "
        "with `neg` or `negative` is better when lower, and an error that scikit-learn negates "
        "(`neg_mean_squared_error`) when higher.\n\n"
        "## Costs\n\n"
        "Shown after the metrics of quality; no table is sorted by a cost unless you configure it: "
        f"{_listed(shown)}.\n"
    )


def _listed(found: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(set(found)))
