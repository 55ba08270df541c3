"""What the name of a number tells: its role, its direction, its canonical form, its format.

One vocabulary for all stages. Names are compared by tokens, never by substring: `mapping` holds no
`map`, and `loss_temperature` is a setting although it starts with `loss`.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from math import isfinite

from results_bot import metric_words as known
from results_bot.metric_words import SPLITS
from results_bot.model import Direction
from results_bot.patterns import later


class Role(StrEnum):
    """What a number in an artifact is for."""

    METRIC = "metric"
    COUNT = "count"
    """Epochs, steps, samples: shown as integers, never judged by direction."""
    TIME = "time"
    """Also what was done a second: shown where nothing says how good a model is."""
    PARAMETER = "parameter"
    UNKNOWN = "unknown"


_WRAPPERS = frozenset(
    "metrics metric results result scores score summary final evaluation values performance".split()
)
"""Containers that only say `here are numbers`: they leave no trace in the canonical name."""

_WORDS = r"[A-Z]+(?:\d+|(?![a-z]))|[A-Z]?[a-z]+\d*|\d+"
_WORD = later(_WORDS)
_WORD_WITH_2 = later(rf"[A-Za-z]+2(?:vec|seq|text|img|image|sql|mel|wav|code)(?![a-z])|{_WORDS}")
_CAMEL = later(r"(?<![A-Za-z])(?:mAP|mIoU|IoU|chrF|FLOPs|GFLOPs|MACs|minDCF|tDCF)(?![a-z])")
"""Words whose capitals do not begin new words."""
_SEPARATORS = later(r"[./\s:|]+")


@lru_cache(maxsize=65_536)
def tokens(name: str) -> tuple[str, ...]:
    """Split a name into lower-case words: `valTop1_acc` is `val`, `top1`, `acc`."""
    if not name.islower():
        name = _CAMEL.sub(lambda found: found[0].lower(), name)
    words = (_WORD_WITH_2 if "2" in name else _WORD).findall(name)
    return tuple(map(str.lower, words))


@lru_cache(maxsize=65_536)
def role(name: str) -> Role:
    """Tell what the number called `name` is for, by the last word that says anything."""
    words = tokens(name)
    if not words or words in known.BENCHMARKED:
        return Role.METRIC if words else Role.UNKNOWN
    containers = {word for part in _SEPARATORS.split(name)[:-1] for word in tokens(part)}
    disguised = words[-2:] in known.IN_DISGUISE or _is_measured_rate(words)
    if containers & known.PARAMETER_CONTAINERS or (words[-1] in known.SETTINGS and not disguised):
        return Role.PARAMETER
    timed = words[-1] in known.TIMES or "elapsed" in words or _is_speed(words)
    if (timed and not disguised) or "time" in containers:
        return Role.TIME
    if _is_count(words):
        return Role.COUNT
    return Role.METRIC if direction(name) is not Direction.UNKNOWN else Role.UNKNOWN


@lru_cache(maxsize=65_536)
def direction(name: str) -> Direction:
    """Tell which way the metric called `name` gets better; unknown where the name tells nothing."""
    words = tokens(name)
    if not known.SPREADS.isdisjoint(words):
        return Direction.UNKNOWN
    if words in known.BENCHMARKED:
        return Direction.LOWER
    if _is_rate_metric(words):
        return _rate_direction(words)
    if _is_speed(words):
        return Direction.HIGHER
    if words[-1:] != ("per",):  # The phoneme error rate; elsewhere `per` is a word.
        words = tuple(word for word in words if word != "per")
    return _negated(words, _told(words))


def _told(words: tuple[str, ...]) -> Direction:
    """Return the direction by the last word, or pair of words, that tells one."""
    plain = tuple(word for word in words if word not in SPLITS)
    if plain in known.WHOLE:
        return known.WHOLE[plain]
    if words[-1:] in (("f",), ("p",), ("r",)) and known.PARTS.intersection(words[-2:-1]):
        return Direction.HIGHER
    for end in range(len(words), 0, -1):
        way = known.PAIRS.get(words[max(0, end - 2) : end]) or _way(words[end - 1])
        if way is not Direction.UNKNOWN:
            return way
    ways = (known.LAST_RESORT[word] for word in words if word in known.LAST_RESORT)
    return next(ways, Direction.UNKNOWN)


def _negated(words: tuple[str, ...], way: Direction) -> Direction:
    """Turn `way` round for a negated likelihood, and for an error that scikit-learn negated."""
    turned = not known.NEGATED.isdisjoint(words) and ("neg" in words or "negative" in words)
    if way is Direction.LOWER:
        pairs = pairwise(words)
        turned = any(one == "neg" and other in known.NEGATED_ERRORS for one, other in pairs)
    if not turned or way is Direction.UNKNOWN:
        return way
    return Direction.LOWER if way is Direction.HIGHER else Direction.HIGHER


def _way(word: str) -> Direction:
    """Return the direction of one word, a number behind it not counting: `bleu4`, `ndcg10`."""
    for form in (word, word.rstrip("0123456789")):
        if form in known.LOWER:
            return Direction.LOWER
        if form in known.HIGHER:
            return Direction.HIGHER
    return Direction.UNKNOWN


def is_cost(name: str) -> bool:
    """Tell whether a metric is what a model takes, such as memory, not how good it is."""
    words = tokens(name)
    return not known.COSTS.isdisjoint(words) or _is_speed(words)


@lru_cache(maxsize=65_536)
def split_of(name: str) -> str | None:
    """Return the data split that a metric or file name speaks of, or None."""
    return next((word for word in tokens(name) if word in SPLITS), None)


@lru_cache(maxsize=65_536)
def canonical(name: str, split: str | None = None) -> str:
    """Return the one name of a metric, however an artifact nests it.

    `test_metrics.kl_divergence`, `test/kl_divergence` and, in a file about the test split,
    `metrics.kl_divergence` are all `test_kl_divergence`; so is `kl_divergence/test`.
    """
    parts = [part for part in _SEPARATORS.split(name.strip()) if part]
    if not parts:
        return name
    if parts[-1].lower() in SPLITS and not (_WRAPPERS | SPLITS).issuperset(parts[:-1]):
        parts = [parts[-1].lower(), *parts[:-1]]
    prefix: list[str] = []
    middle: list[str] = []
    for part in parts[:-1]:
        words = tokens(part)
        kept = [word for word in words if word not in _WRAPPERS]
        if kept and all(word in SPLITS for word in kept):
            prefix += kept
        elif kept:
            middle.append(part)
    leaf = ".".join([*middle, parts[-1]])
    if prefix and not leaf.startswith(prefix[-1] + "_"):
        leaf = f"{'_'.join(prefix)}_{leaf}"
    if split is not None and split_of(leaf) is None:
        leaf = f"{split}_{leaf}"
    return leaf.replace(" ", "_")


def number_format(name: str, values: list[float]) -> str:
    """Return the format spec for a column by its name and what is in it.

    Counts are integers, scores between 0 and 1 are percents, the rest has four decimals or, where
    four would tell too little or too much, four significant digits or none after the point.
    """
    finite = [*map(abs, filter(isfinite, values))]
    if not finite:
        return ".4g" if tokens(name) in known.BENCHMARKED else ".4f"
    highest = max(finite)
    if role(name) is Role.COUNT and all(map(float.is_integer, finite)):
        return ",d" if highest >= 1e6 else "d"
    if _is_percentage(name) and highest <= 1:
        return ".2%"
    if tokens(name) in known.BENCHMARKED:
        return ".4g"
    if 1e6 <= highest < 1e12 and min(filter(None, finite)) >= 1000:
        return ",.0f" if direction(name) is Direction.HIGHER else ".4g"
    return ".4g" if 0 < highest < 0.001 or highest >= 1e6 else ".4f"


@lru_cache(maxsize=65_536)
def is_share(name: str) -> bool:
    """Tell whether a metric is the share of samples that are right, or wrong: k out of n."""
    words = set(tokens(name))
    if {"balanced", "mean", "weighted", "macro", "std"} & words:
        return False
    shares = {"acc", "accuracy", "acc1", "acc5", "top1", "top3", "top5", "em", "exact", "hit"}
    return bool(shares & words) or _is_rate_metric(tokens(name))


def is_fraction(name: str) -> bool:
    """Tell whether a metric lies between 0 and 1 by its nature, unless it is given in percent."""
    return is_share(name) or bool(_FRACTIONS.intersection(tokens(name)))


_PERCENTS = frozenset("acc accuracy wer cer top1 top3 top5 acc1 acc5".split())
"""What people give in percent; precision and recall look as F1 does, Dice and IoU as mAP."""


def _is_percentage(name: str) -> bool:
    return bool(_PERCENTS.intersection(tokens(name))) or name.endswith("_rate")


def _is_count(words: tuple[str, ...]) -> bool:
    if words[0] == "total" and direction("_".join(words)) is not Direction.UNKNOWN:
        return words[-1] in known.COUNTS  # `total_loss` counts nothing.
    if words[-2:-1] == ("per",):
        return False  # `reward_per_step` counts no steps.
    return words[-1] in known.COUNTS or words[0] in ("num", "total", "n")


_FRACTIONS = frozenset(
    "acc accuracy f1 fbeta precision recall sensitivity specificity auc auroc auprc iou miou dice "
    "jaccard map map50 map75 ap ap50 ap75 balanced wer cer bleu rouge rouge1 rouge2 rougel".split()
)


def _is_measured_rate(words: tuple[str, ...]) -> bool:
    return len(words) > 1 and words[-1] == "rate" and words[-2] not in known.SET_RATES


def _is_rate_metric(words: tuple[str, ...]) -> bool:
    if len(words) < 2 or words[-1] != "rate":
        return False
    return words[-2] in known.BAD_RATES | known.GOOD_RATES or words[-3:-1] in known.ROC_RATES


def _rate_direction(words: tuple[str, ...]) -> Direction:
    if "attack" in words:
        return Direction.UNKNOWN  # Whose success: the attacker's, or the defender's failure?
    return known.ROC_RATES.get(
        words[-3:-1], Direction.LOWER if words[-2] in known.BAD_RATES else Direction.HIGHER
    )


def _is_speed(words: tuple[str, ...]) -> bool:
    """Tell whether the name is of something done a second: `tokens_per_second`, `img/s`."""
    if words[-2:] in (("per", "second"), ("per", "sec")):
        return True
    return words[-1:] == ("s",) and words[-2:-1] != () and words[-2] in known.SPEEDS
