"""`docs/metric-names.md`, from the vocabulary itself: the words that tell which way is better."""

from __future__ import annotations

from collections.abc import Iterable

from results_bot import metric_vocabulary as words
from results_bot.metric_names import Role, role
from results_bot.model import Direction

_HEAD = """\
# Metric names

Written from the code by `make docs`. Which way a metric gets better is read off its name, word by \
word from the end, where the configuration or the artifact itself does not say it. A name is split \
at capitals, digits and signs: `valTop1_acc` is `val`, `top1`, `acc`. Digits behind a word do not \
count (`bleu4`, `ndcg@10`). A name none of whose words is here is shown and never judged, until \
`direction` is set for it.
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
        "`score` counts only where no other word tells: an `fid_score` is an FID. A likelihood "
        "that is `neg` or `negative` is better when lower, and errors that scikit-learn negates "
        "(`neg_mean_squared_error`) when higher.\n\n"
        "## What a model costs\n\n"
        f"Shown behind how good it is, and no table is sorted by it of itself: {_listed(shown)}.\n"
    )


def _listed(found: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(set(found)))
