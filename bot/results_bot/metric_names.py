"""Interpret a metric's name: its role, direction, canonical form, number format and title.

Every stage uses this. Names are compared word by word, never by substring: `mapping` does not
contain `map`, and `loss_temperature` is a setting although it starts with `loss`. The words
themselves are in `metric_vocabulary`.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from math import isfinite

from results_bot import metric_vocabulary as known
from results_bot.metric_vocabulary import SPLITS
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


_WRAPPERS = frozenset(
    "metrics metric results result scores score summary final evaluation values performance".split()
)
"""Containers that carry no meaning: they are dropped from the canonical name."""

_WORDS = r"[A-Z]+(?:\d+|(?![a-z]))|[A-Z]?[a-z]+\d*|\d+"
_WORD = re.compile(_WORDS)
_WORD_WITH_2 = re.compile(
    rf"[A-Za-z]+2(?:vec|seq|text|img|image|sql|mel|wav|code)(?![a-z])|{_WORDS}"
)
_CAMEL = re.compile(r"(?<![A-Za-z])(?:mAP|mIoU|IoU|chrF|FLOPs|GFLOPs|MACs|minDCF|tDCF)(?![a-z])")
"""Words whose capitals do not start a new word."""
_OPPOSITE = {Direction.LOWER: Direction.HIGHER, Direction.HIGHER: Direction.LOWER}
_PER_SECOND = (("per", "second"), ("per", "sec"))
_SEPARATORS = re.compile(r"[./\s:|]+")


@lru_cache(maxsize=65_536)
def tokens(name: str) -> tuple[str, ...]:
    """Split a name into lower-case words: `valTop1_acc` is `val`, `top1`, `acc`."""
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
    is_measured_rate = len(words) > 1 and words[-1] == "rate" and words[-2] not in known.SET_RATES
    disguised = words[-2:] in known.IN_DISGUISE or is_measured_rate
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
    """Return which way a metric of this name improves; `UNKNOWN` where no word decides."""
    words = tokens(name)
    if not known.SPREADS.isdisjoint(words):
        return Direction.UNKNOWN
    if words in known.BENCHMARKED:
        return Direction.LOWER
    if _is_rate_metric(words):
        if "attack" in words:
            return Direction.UNKNOWN  # Success of the attacker, or failure of the defence?
        bad = words[-2] in known.BAD_RATES
        return known.ROC_RATES.get(words[-3:-1], Direction.LOWER if bad else Direction.HIGHER)
    if _is_speed(words):
        return Direction.HIGHER
    if words[-1:] != ("per",):  # The phoneme error rate; elsewhere `per` is a word.
        words = tuple(word for word in words if word != "per")
    way = _direction_of_words(words)
    # "Negative" reverses a likelihood, and `neg_` the errors that scikit-learn negates.
    turned = not known.NEGATED.isdisjoint(words) and ("neg" in words or "negative" in words)
    if way is Direction.LOWER:
        pairs = pairwise(words)
        turned = any(one == "neg" and other in known.NEGATED_ERRORS for one, other in pairs)
    return _OPPOSITE.get(way, way) if turned else way


def _direction_of_words(words: tuple[str, ...]) -> Direction:
    """Return the direction given by the last word, or pair of words, that has one."""
    plain = tuple(word for word in words if word not in SPLITS)
    if plain in known.WHOLE:
        return known.WHOLE[plain]
    if words[-1:] in (("f",), ("p",), ("r",)) and known.PARTS.intersection(words[-2:-1]):
        return Direction.HIGHER
    for end in range(len(words), 0, -1):
        if way := known.PAIRS.get(words[max(0, end - 2) : end]):
            return way
        word = words[end - 1]
        for form in (word, word.rstrip("0123456789")):  # `bleu4` and `ndcg10` are `bleu`, `ndcg`.
            if form in known.LOWER:
                return Direction.LOWER
            if form in known.HIGHER:
                return Direction.HIGHER
    ways = (known.LAST_RESORT[word] for word in words if word in known.LAST_RESORT)
    return next(ways, Direction.UNKNOWN)


def is_cost(name: str) -> bool:
    """Return True for what a model costs, such as memory or latency, not how good it is."""
    words = tokens(name)
    return not known.COSTS.isdisjoint(words) or _is_speed(words)


@lru_cache(maxsize=65_536)
def split_of(name: str) -> str | None:
    """Return the data split named in a metric's or file's name, or None."""
    return next((word for word in tokens(name) if word in SPLITS), None)


@lru_cache(maxsize=65_536)
def canonical(name: str, split: str | None = None) -> str:
    """Return a metric's canonical name, however an artifact nests it.

    `test_metrics.kl_divergence`, `test/kl_divergence`, `kl_divergence/test` and, in a file about
    the test split, `metrics.kl_divergence` are all `test_kl_divergence`.
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
    """Return the format spec for a column of this name with these values.

    Counts are integers, scores between 0 and 1 are percentages, all else has four decimals, or
    four significant digits or no decimals where the values are very small or very large.
    """
    finite = [*map(abs, filter(isfinite, values))]
    if not finite:
        return ".4g" if tokens(name) in known.BENCHMARKED else ".4f"
    highest = max(finite)
    if role(name) is Role.COUNT and all(map(float.is_integer, finite)):
        return ",d" if highest >= 1e6 else "d"
    is_percentage = name.endswith("_rate") or not _PERCENTS.isdisjoint(tokens(name))
    if is_percentage and highest <= 1:
        return ".2%"
    if tokens(name) in known.BENCHMARKED:
        return ".4g"
    if 1e6 <= highest < 1e12 and min(filter(None, finite)) >= 1000:
        return ",.0f" if direction(name) is Direction.HIGHER else ".4g"
    return ".4g" if 0 < highest < 0.001 or highest >= 1e6 else ".4f"


@lru_cache(maxsize=65_536)
def is_share(name: str) -> bool:
    """Return True if the metric is a proportion of samples, k out of n, such as accuracy."""
    words = set(tokens(name))
    if {"balanced", "mean", "weighted", "macro", "std"} & words:
        return False
    shares = {"acc", "accuracy", "acc1", "acc5", "top1", "top3", "top5", "em", "exact", "hit"}
    return bool(shares & words) or _is_rate_metric(tokens(name))


def is_fraction(name: str) -> bool:
    """Return True if the metric lies between 0 and 1 by definition, unless given in percent."""
    return is_share(name) or bool(_FRACTIONS.intersection(tokens(name)))


_PERCENTS = frozenset("acc accuracy wer cer top1 top3 top5 acc1 acc5".split())
"""Shown as percentages by convention; precision, recall, F1, Dice, IoU and mAP are not."""


def _is_count(words: tuple[str, ...]) -> bool:
    if words[0] == "total" and direction("_".join(words)) is not Direction.UNKNOWN:
        return words[-1] in known.COUNTS  # `total_loss` is not a count.
    if words[-2:-1] == ("per",):
        return False  # Nor is `reward_per_step`.
    return words[-1] in known.COUNTS or words[0] in ("num", "total", "n")


_FRACTIONS = frozenset(
    "acc accuracy f1 fbeta precision recall sensitivity specificity auc auroc auprc iou miou dice "
    "jaccard map map50 map75 ap ap50 ap75 balanced wer cer bleu rouge rouge1 rouge2 rougel".split()
)


def _is_rate_metric(words: tuple[str, ...]) -> bool:
    if len(words) < 2 or words[-1] != "rate":
        return False
    return words[-2] in known.BAD_RATES | known.GOOD_RATES or words[-3:-1] in known.ROC_RATES


def _is_speed(words: tuple[str, ...]) -> bool:
    """Return True for something per second: `tokens_per_second`, `img/s`."""
    if words[-2:] in _PER_SECOND:
        return True
    return words[-1:] == ("s",) and words[-2:-1] != () and words[-2] in known.SPEEDS


_CAPITALS = """
KL F1 AUC AUROC AUPRC ROC PR IoU mIoU ID BLEU WER CER TER FID KID FVD RMSE NRMSE RMSLE RMSD MSE MAE
MAPE SMAPE WAPE MASE CRPS MRR NDCG PSNR SSIM LPIPS ECE MCE NLL BCE MCC PPL AP AR CPU GPU UAS LAS
EER DER DCF PESQ STOI ESTOI SDR SNR SI MOS ROUGE METEOR chrF CIDEr HD HTER FRR APCER BPCER ACER QWK
CMC PVE ASSD NSD ADE FDE EPE MPJPE PCK OKS FPR FNR TPR TNR PPV NPV JSD MMD EMD ELBO BPB BPC BPD NMI
ARI AMI IDF1 MOTA HOTA PQ FPS QPS TTFT VRAM FLOPs GFLOPs MACs LR EM QED SacreBLEU BERTScore LDDT
GDT
"""
_SPELLINGS = {
    **{word.lower(): word for word in _CAPITALS.split()},
    "map": "mAP", "r2": "R²", "acc": "Accuracy", "num": "Number of", "rougel": "ROUGE-L",
    "rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "mindcf": "minDCF", "tdcf": "t-DCF",
    "fbeta": "F-beta", "loglikelihood": "Log Likelihood",
}  # fmt: skip
_UNITS = {
    "ms": "ms", "sec": "s", "mb": "MB", "gb": "GB", "db": "dB", "mm": "mm", "kwh": "kWh",
    "pct": "%", "percent": "%",
}  # fmt: skip
_TOP = re.compile(r"top(\d+)$")
_NUMBERED = re.compile(r"([a-z]+)(\d+)$")
_CUT_OFF = re.compile(r"@(\d+(?:\.\d+)?)(?:[.:](\d+\.\d+))?")
"""The cut-off of a metric: `hits@10`, `mAP@0.5:0.95`, whose colon the canonical name lost."""


def title(name: str) -> str:
    """Return the column heading for a canonical name: `Test Top-1 Accuracy`."""
    if not name.isascii():
        return name
    found = _CUT_OFF.search(name) if "@" in name else None
    if found and tokens(name[: found.start()]):
        at = f"@{found[1]}:{found[2]}" if found[2] else f"@{found[1]}"
        rest = name[found.end() :]
        return title(name[: found.start()]) + at + (f" {title(rest)}" if tokens(rest) else "")
    words = tokens(name)
    if words in (("total", "epochs"), ("epochs",), ("epoch",)):
        return "Epochs"
    if words[-2:] == ("num", "samples"):
        return " ".join([*(word.capitalize() for word in words[:-2]), "Samples"])
    shown = [_title_of_word(word) for word in words]
    unit = 2 if words[-2:] in _PER_SECOND else 1 if words[-1:] == ("s",) else 0
    if 0 < unit < len(words):
        return " ".join(shown[:-unit]) + "/s"
    if len(words) > 1 and words[-1] in _UNITS and words[-2] != "per":
        shown[-1] = f"({_UNITS[words[-1]]})"
    if words[-1:] == ("is",):
        shown[-1] = "IS"  # The inception score; elsewhere it is a word, as in `is_success`.
    text = " ".join(shown).replace("mAP50 95", "mAP50-95").replace("Ms SSIM", "MS-SSIM")
    text = re.sub(r" At (\d+)", r"@\1", text)
    return re.sub(r"\bR (?:2|Squared)\b", "R²", text) or name


def _title_of_word(word: str) -> str:
    if found := _TOP.match(word):
        return f"Top-{found[1]}"
    found = _NUMBERED.match(word)
    if word not in _SPELLINGS and found and found[1] in _SPELLINGS and found[1] != "acc":
        return _SPELLINGS[found[1]] + found[2]
    return _SPELLINGS.get(word, word.capitalize())
