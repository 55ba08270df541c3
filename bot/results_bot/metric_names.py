"""Interpret a metric's name: its role, direction, canonical form and number format.

Every stage uses this. Names are compared word by word, never by substring: `mapping` does not
contain `map`, and `loss_temperature` is a setting although it starts with `loss`. The words
themselves are in `metric_words`, titles in `metric_titles`.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from itertools import chain, pairwise
from math import isfinite
from unicodedata import normalize

from results_bot import metric_words as known
from results_bot.metric_words import SPLITS
from results_bot.model import Direction


class Role(StrEnum):
    """What a number in an artifact is for."""

    METRIC = "metric"
    COUNT = "count"
    """Epochs, steps, samples: shown as integers, never judged."""
    TIME = "time"
    """Also speeds: shown only where no metric of quality exists."""
    PARAMETER = "parameter"
    UNKNOWN = "unknown"


LARGEST_CLASS = "largest_support_share"
"""Reading that holds the share of the largest class of a test set."""
_WRAPPERS = frozenset(
    "metrics metric results result scores score summary final evaluation values performance".split()
)
"""Containers that carry no meaning: they are dropped from the canonical name."""

_WORDS = r"(?i:gsm8k)|[A-Z]+(?:\d+|(?![a-z]))|[A-Z]?[a-z]+\d*|\d+"
_WORD = re.compile(_WORDS)
_WORD_WITH_2 = re.compile(
    rf"[A-Za-z]+2(?:vec|seq|text|img|image|sql|mel|wav|code)(?![a-z])|{_WORDS}"
)
_CAMEL = re.compile(r"(?<![A-Za-z])(?:mAP|mIoU|IoU|chrF|FLOPs|GFLOPs|MACs|minDCF|tDCF)(?![a-z])")
"""Words whose capitals do not start a new word."""
_OPPOSITE = {Direction.LOWER: Direction.HIGHER, Direction.HIGHER: Direction.LOWER}
PER_SECOND = (("per", "second"), ("per", "sec"))
_SEPARATORS = re.compile(r"[./\s:|]+")
_NESTED = re.compile(r"[./\s:|]+(?!\d)")
"""Separates containers from what they hold, but not `mAP@0.5:0.95`."""
_ARROW = re.compile(r"\s*(?:\(\s*)?([↓⇓⬇]|[↑⇑⬆])\ufe0f?(?:\s*\))?")
_PHRASES = frozenset((*known.LOWER_PHRASES, *known.HIGHER_PHRASES, *known.OTHER_PHRASES))
_LONGEST_PHRASE = max(len(phrase.split()) for phrase in _PHRASES)
_OTHER_WORDS = known.OTHER_QUANTITIES | known.SETTINGS | known.COUNTS | known.TIMES
"""Words after a metric that make another quantity of it."""


@lru_cache(maxsize=65_536)
def tokens(name: str) -> tuple[str, ...]:
    """Split a name into lower-case words: `valTop1_acc` is `val`, `top1`, `acc`."""
    if not name.isascii():
        name = normalize("NFKC", name)  # R² is R2.
    if not name.islower():
        name = _CAMEL.sub(lambda found: found[0].lower(), name)
    words = (_WORD_WITH_2 if "2" in name else _WORD).findall(name)
    return tuple(map(str.lower, words))


@lru_cache(maxsize=65_536)
def role(name: str) -> Role:
    """Return what a number of this name is for, decided by its last meaningful word."""
    words = tokens(name)
    if not words:
        return Role.UNKNOWN
    if words in known.BENCHMARKED:
        return Role.METRIC
    containers = {word for part in _SEPARATORS.split(name)[:-1] for word in tokens(part)}
    directed = direction(name) is not Direction.UNKNOWN
    rate = words[-1] == "rate" and len(words) > 1 and words[-2] not in known.SET_RATES
    last = words[-2] if len(words) > 1 and words[-1] in ("min", "max") else words[-1]
    set_by_people = last in known.SETTINGS and not (directed or rate)
    if set_by_people or not known.PARAMETER_CONTAINERS.isdisjoint(containers):
        return Role.PARAMETER
    quantity = words[-2:-1] if words[-1] == "s" else words[-1:]
    timed = not known.TIMES.isdisjoint(quantity) or "elapsed" in words
    if is_speed(words) or "time" in containers or (timed and not directed):
        return Role.TIME
    # `reward_per_step` and `total_loss` are no counts.
    counted = words[-1] in known.COUNTS and words[-2:-1] != ("per",)
    counted = counted or "counts" in containers or words[0] in ("num", "n")
    if counted or (words[0] == "total" and not directed):
        return Role.COUNT
    return Role.METRIC if directed else Role.UNKNOWN


@lru_cache(maxsize=65_536)
def stated_direction(name: str) -> Direction:
    """Return the direction that an arrow in a name or a heading states: `Forget Acc↓`."""
    ways = {
        Direction.LOWER if arrow in "↓⇓⬇" else Direction.HIGHER
        for arrow in (() if name.isascii() else _ARROW.findall(name))
    }
    return ways.pop() if len(ways) == 1 else Direction.UNKNOWN


def without_arrows(name: str) -> str:
    """Return a name without the arrows that state its direction."""
    stated = stated_direction(name) is not Direction.UNKNOWN
    return (stated and _ARROW.sub("", name).strip()) or name.strip()


@lru_cache(maxsize=65_536)
def direction(name: str, heading: str = "") -> Direction:
    """Return which way a metric of this name improves; `UNKNOWN` where that is in doubt.

    An arrow in the name or in the heading of its column decides. Without one, what stands before
    the first preposition was measured. There, the last word that names a metric decides, unless
    another word makes another quantity of it: a setting, a count, a change, or a metric that
    improves the other way.
    """
    stated = stated_direction(name + heading)
    if stated is not Direction.UNKNOWN:
        return stated
    head, _, _ = name.partition("(")
    if not known.QUALIFIED.isdisjoint(tokens(head)[-1:]):
        name = head
    name = name.replace("@", "_at_")
    *containers, metric = map(tokens, _NESTED.split(name))
    if not containers or _direction_of(metric) is Direction.UNKNOWN:
        return _direction_of(tokens(name))
    return _direction_of((*chain.from_iterable(map(_changing, containers)), *metric))


def _changing(container: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a container that may change what the metrics in it are.

    `no_tata`, `per_type` and `error_detection` are names, and neither negate nor divide nor measure
    anything. A single word may be one of a heading with spaces, as in `Steps to Accuracy`.
    """
    if len(container) < 2 or container[-1] in known.DIVIDERS:
        return container
    return tuple(
        word
        for word in container
        if word not in known.DIVIDERS | known.NOT_THE_METRIC
        and _named(word) is _named_at_end(word) is Direction.UNKNOWN
    )


def _direction_of(words: tuple[str, ...]) -> Direction:
    """Return the direction of a metric whose name has these words."""
    words = _terms(words)
    if words in known.BENCHMARKED:
        return Direction.LOWER
    if is_speed(words):
        return Direction.HIGHER
    if not (known.SPREADS | known.CHANGES).isdisjoint(words):
        return Direction.UNKNOWN
    # The last word may be `per`, the phoneme error rate.
    cuts = (at for at, word in enumerate(words[:-1]) if at and word in known.DIVIDERS)
    words = words[: next(cuts, len(words))]
    bare = tuple(word for word in words if not _is_qualifier(word))
    if bare in known.WHOLE:
        return known.WHOLE[bare]
    if "score" in words and known.SCORED.issuperset(bare):
        return Direction.HIGHER
    return _direction_of_last(words) if words else Direction.UNKNOWN


def _direction_of_last(words: tuple[str, ...]) -> Direction:
    """Return the direction given by the last word that names a metric, if the others allow it."""
    end = len(words)
    while end and _is_qualifier(words[end - 1]):
        end -= 1
    if words[:end][-1:] == ("rate",):
        return _direction_of_rate(words[: end - 1])
    at, way = _last_metric(words[:end])
    before, word = words[:at], words[at]
    negated = any(one == "neg" and other in known.NEGATED for one, other in pairwise(words))
    if negated and way is Direction.LOWER:
        return Direction.HIGHER
    beside = {side for one in before for side in (_named(one), _named_at_end(one))}
    is_error = word in ("error", "errors", "loss", "losses")
    doubtful = (
        way is Direction.UNKNOWN
        or before[-1:] == ("neg",)
        or not known.NOT_THE_METRIC.isdisjoint(before)
        or (word == "loss" and not known.TRAINING_SIGNALS.isdisjoint(map(_unnumbered, words)))
        or (word in known.LOWER_AT_END and "score" in words[end:])  # A score of memory.
        or (not is_error and _OPPOSITE[way] in beside)
    )
    return Direction.UNKNOWN if doubtful else way


def _last_metric(words: tuple[str, ...]) -> tuple[int, Direction]:
    """Return the place and direction of the last metric; unknown behind another quantity."""
    if words[-1:] in (("f",), ("p",), ("r",)) and not known.PARTS.isdisjoint(words[-2:-1]):
        return len(words) - 1, Direction.HIGHER
    for at in reversed(range(len(words))):
        way = _named(words[at])
        if way is Direction.UNKNOWN and at == len(words) - 1:
            way = _named_at_end(words[at])
        if way is not Direction.UNKNOWN or words[at] in _OTHER_WORDS:
            return at, way
    return 0, Direction.UNKNOWN


def _direction_of_rate(kind: tuple[str, ...]) -> Direction:
    """Return the direction of a rate of this kind; a rate improves only if its kind is known."""
    # The success of an attack is the failure of the defence.
    if not kind or not (known.NOT_THE_METRIC | {"attack"}).isdisjoint(kind):
        return Direction.UNKNOWN
    if "false" in kind or kind[-1] in known.BAD_RATES:
        return Direction.LOWER
    true = kind[-2:] in (("true", "positive"), ("true", "negative"))
    return Direction.HIGHER if true or kind[-1] in known.GOOD_RATES else Direction.UNKNOWN


def _terms(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words with each phrase of the vocabulary as one: `cross entropy`."""
    out: list[str] = []
    at = 0
    while at < len(words):
        longest = min(_LONGEST_PHRASE, len(words) - at)
        length = next(
            (n for n in range(longest, 1, -1) if " ".join(words[at : at + n]) in _PHRASES), 1
        )
        out.append(" ".join(words[at : at + length]))
        at += length
    return tuple(out)


def _named(word: str) -> Direction:
    """Return the direction of a word that names a metric; `bleu4` and `ndcg10` are numbered."""
    for form in (word, _unnumbered(word)):
        if form in known.LOWER:
            return Direction.LOWER
        if form in known.HIGHER:
            return Direction.HIGHER
    return Direction.UNKNOWN


def _unnumbered(word: str) -> str:
    return word.rstrip("0123456789")


def _named_at_end(word: str) -> Direction:
    if word in known.LOWER_AT_END:
        return Direction.LOWER
    return Direction.HIGHER if word in known.HIGHER_AT_END else Direction.UNKNOWN


def _is_qualifier(word: str) -> bool:
    """Return True if a metric stays what it is with this word: a split, a unit, a percentile."""
    return word in known.QUALIFIERS or word.lstrip("p").isdigit()


def is_cost(name: str) -> bool:
    """Return True for what a model costs, such as memory or latency, not how good it is."""
    words = tokens(name)
    return not known.COSTS.isdisjoint(words) or is_speed(words)


@lru_cache(maxsize=65_536)
def split_of(name: str) -> str | None:
    """Return the data split named in a metric's or file's name, or None."""
    return next((word for word in tokens(name) if word in SPLITS), None)


@lru_cache(maxsize=65_536)
def canonical(name: str, split: str | None = None) -> str:
    """Return a metric's canonical name, however an artifact nests it.

    `test_metrics.kl_divergence`, `test/kl_divergence`, `kl_divergence/test` and, in a file about
    the test split, `metrics.kl_divergence` are all `test_kl_divergence`. An arrow is left out.
    """
    parts = [part for part in _SEPARATORS.split(without_arrows(name)) if part]
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
    """Return the format spec for a column of this name with these values.

    Counts, large whole numbers and those of an unknown name are integers, scores between 0 and 1
    are percentages. All else has four decimals, two where every value is 10 or more, or four
    significant digits or no decimals where a value is very small or very large.
    """
    finite = [*map(abs, filter(isfinite, values))]
    if not finite:
        return ".4g" if tokens(name) in known.BENCHMARKED else ".4f"
    highest, lowest = max(finite), min(filter(None, finite), default=0.0)
    if role(name) is Role.COUNT and all(map(float.is_integer, finite)):
        return ",d" if highest >= 1e6 else "d"
    is_percentage = name.endswith("_rate") or not _PERCENTS.isdisjoint(tokens(name))
    if is_percentage and highest <= 1:
        return ".4%" if 0 < lowest < 2e-4 else ".2%"
    if tokens(name) in known.BENCHMARKED:
        return ".4g"
    if 1e6 <= highest < 1e12 and lowest >= 1000:
        return ",.0f" if direction(name) is Direction.HIGHER else ".4g"
    # An unknown metric of 0 and 1 may be a share; zeros alone are none.
    whole_from = 10 if role(name) is not Role.UNKNOWN else 2 if highest else 0
    is_whole = highest >= whole_from and all(map(float.is_integer, finite))
    is_small = 0 < lowest < 2e-4 or 0 < highest < 0.001
    usual = ".2f" if lowest >= 10 else ".4f"
    return ".4g" if is_small or highest >= 1e6 else "d" if is_whole else usual


@lru_cache(maxsize=65_536)
def is_share(name: str) -> bool:
    """Return True if the metric is a proportion of samples, k out of n, such as accuracy."""
    words = set(tokens(name))
    if {"balanced", "mean", "weighted", "macro", "std"} & words:
        return False
    shares = {"acc", "accuracy", "acc1", "acc5", "top1", "top3", "top5", "em", "exact", "hit"}
    return bool(shares & words) or (
        name.endswith("rate") and direction(name) is not Direction.UNKNOWN
    )


def is_of_one_size(name: str) -> bool:
    """Return True for the precision or recall of objects of one size: `bbox_mAP_s`, `AR_large`."""
    words = tokens(name)
    sizes = {"s", "m", "l", "small", "medium", "large"}
    return words[-2:-1] in (("ap",), ("map",), ("ar",), ("mar",)) and words[-1] in sizes


def is_fraction(name: str) -> bool:
    """Return True if the metric lies between 0 and 1 by definition, unless given in percent."""
    return is_share(name) or bool(_FRACTIONS.intersection(tokens(name)))


_PERCENTS = frozenset("acc accuracy wer cer top1 top3 top5 acc1 acc5".split())
"""Shown as percentages by convention; precision, recall, F1, Dice, IoU and mAP are not."""


_FRACTIONS = frozenset(
    "acc accuracy f1 fbeta precision recall sensitivity specificity auc auroc auprc iou miou dice "
    "jaccard map map50 map75 ap ap50 ap75 balanced wer cer bleu chrf meteor rouge rouge1 rouge2 "
    "rougel".split()
)


def is_speed(words: tuple[str, ...]) -> bool:
    """Return True for something per second: `tokens_per_second`, `img/s`."""
    ending = next((end for end in (*PER_SECOND, ("s",)) if words[-len(end) :] == end), ())
    return bool(ending) and not known.SPEEDS.isdisjoint(words[-len(ending) - 1 : -len(ending)])
