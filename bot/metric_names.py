"""What the name of a number tells: its role, its direction, its canonical form, its title.

One vocabulary for all stages. Names are compared by tokens, never by substring: `mapping` holds no
`map`, and `loss_temperature` is a setting although it starts with `loss`.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from math import isfinite

from bot.model import Direction


class Role(StrEnum):
    """What a number in an artifact is for."""

    METRIC = "metric"
    COUNT = "count"
    """Epochs, steps, samples: shown as integers, never judged by direction."""
    TIME = "time"
    PARAMETER = "parameter"
    UNKNOWN = "unknown"


SPLITS = frozenset({"train", "val", "valid", "validation", "dev", "eval", "test", "holdout"})

VALIDATION = frozenset({"val", "valid", "validation", "dev", "eval"})

_WRAPPERS = frozenset(
    "metrics metric results result scores score summary final evaluation values performance".split()
)
"""Containers that only say `here are numbers`: they leave no trace in the canonical name."""

_LOWER = frozenset(
    "loss losses error err kl divergence perplexity ppl wer cer ter fid kid rmse mse mae mape "
    "rmsle nll bce ce crossentropy logloss brier ece bpc bpb bits distance eer fpr fnr lpips "
    "hausdorff hd95 latency regret jsd wasserstein emd mcd der per deviance chamfer ade fde".split()
)
_HIGHER = frozenset(
    "acc accuracy f1 fbeta auc auroc auprc map ap ar bleu rouge rouge1 rouge2 rougel meteor "
    "chrf iou miou dice r2 reward return precision recall sensitivity specificity mrr ndcg "
    "hit hits em exact pass kappa mcc psnr ssim win winrate success score fitness jaccard cider "
    "spice spearman pearson top1 top3 top5 acc1 acc5 map50 ap50 ap75 map75 balanced "
    "throughput bertscore ips spearmanr pearsonr elo passrate coverage ops uas las".split()
)
_SETTINGS = frozenset(
    "lr rate weight weights temperature smoothing alpha beta gamma lambda coef coefficient "
    "scale dropout decay momentum size dim layers heads patience threshold min_delta seed "
    "type warmup eps epsilon margin penalty power clip interval freq frequency radius split "
    "ratio workers delta norm".split()
)
_METRICS_IN_DISGUISE = frozenset(
    {("acc", "norm"), ("win", "ratio"), *(("latency", unit) for unit in ("ms", "sec", "seconds"))}
)
_SPREADS = frozenset("std stderr stdev stddev".split())
_TIMES = frozenset(
    "time seconds secs sec elapsed duration runtime timestamp wall ms minutes hours".split()
)
_COUNTS = frozenset(
    "epoch epochs step steps iteration iterations iter iters samples examples num count n "
    "support tokens params parameters total flos flops version code".split()
)
_PARAMETER_CONTAINERS = frozenset(
    "config configs configuration param params parameters hparams hyperparameters hyperparams "
    "args arguments settings options modifications overrides flags model optimizer".split()
)

_BENCHMARKED = frozenset(
    (what, "seconds") for what in ("mean", "median", "min", "max", "real", "cpu")
)
"""Times that are the result themselves, as benchmarks write them; whole names only."""
_WORD = re.compile(r"[A-Z]+(?:\d+|(?![a-z]))|[A-Z]?[a-z]+\d*|\d+")
_CAMEL = re.compile(r"(?<![A-Za-z])(?:mAP|mIoU|IoU)(?![a-z])")
"""Words whose capitals do not begin new words."""
_SEPARATORS = re.compile(r"[./\s:|]+")


@lru_cache(maxsize=65_536)
def tokens(name: str) -> tuple[str, ...]:
    """Split a name into lower-case words: `valTop1_acc` is `val`, `top1`, `acc`."""
    name = _CAMEL.sub(lambda found: found[0].lower(), name)
    return tuple(word.lower() for word in _WORD.findall(name))


@lru_cache(maxsize=65_536)
def role(name: str) -> Role:
    """Tell what the number called `name` is for, by the last word that says anything."""
    words = tokens(name)
    if not words or words in _BENCHMARKED:
        return Role.METRIC if words else Role.UNKNOWN
    containers = {word for part in _SEPARATORS.split(name)[:-1] for word in tokens(part)}
    disguised = words[-2:] in _METRICS_IN_DISGUISE or _is_rate_metric(words)
    if containers & _PARAMETER_CONTAINERS or (words[-1] in _SETTINGS and not disguised):
        return Role.PARAMETER
    timed = words[-1] in _TIMES or "elapsed" in words or words[-2:] == ("per", "second")
    if timed and not disguised:
        return Role.TIME
    if _is_count(words):
        return Role.COUNT
    return Role.METRIC if direction(name) is not Direction.UNKNOWN else Role.UNKNOWN


@lru_cache(maxsize=65_536)
def direction(name: str) -> Direction:
    """Tell which way the metric called `name` gets better; unknown where the name tells nothing."""
    words = tokens(name)
    if not _SPREADS.isdisjoint(words):
        return Direction.UNKNOWN
    if words in _BENCHMARKED:
        return Direction.LOWER
    if _is_rate_metric(words):
        return _rate_direction(words)
    if words[-1:] != ("per",):  # The phoneme error rate; elsewhere `per` is a word.
        words = tuple(word for word in words if word != "per")
    for word in reversed(words):
        way = _way(word)
        if way is not Direction.UNKNOWN:
            return way
    return Direction.UNKNOWN


def _way(word: str) -> Direction:
    """Return the direction of one word, a number behind it not counting: `bleu4`, `ndcg10`."""
    for form in (word, word.rstrip("0123456789")):
        if form in _LOWER:
            return Direction.LOWER
        if form in _HIGHER:
            return Direction.HIGHER
    return Direction.UNKNOWN


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


_UPPER = {
    "kl": "KL", "f1": "F1", "auc": "AUC", "auroc": "AUROC", "map": "mAP", "iou": "IoU", "id": "ID",
    "miou": "mIoU", "bleu": "BLEU", "wer": "WER", "cer": "CER", "fid": "FID", "rmse": "RMSE",
    "mse": "MSE", "mae": "MAE", "r2": "R²", "mrr": "MRR", "ndcg": "NDCG", "psnr": "PSNR",
    "ssim": "SSIM", "ece": "ECE", "nll": "NLL", "mcc": "MCC", "ppl": "PPL", "mape": "MAPE",
    "acc": "Accuracy", "num": "Number of", "val": "Val", "rougel": "ROUGE-L", "rouge1": "ROUGE-1",
    "rouge2": "ROUGE-2", "kid": "KID", "ap": "AP", "map50": "mAP50", "map75": "mAP75",
    "ap50": "AP50", "ap75": "AP75", "cpu": "CPU", "uas": "UAS", "las": "LAS",
}  # fmt: skip
_TOP = re.compile(r"top(\d+)$")


def title(name: str) -> str:
    """Return the column heading for a canonical name: `Test Top-1 Accuracy`."""
    if not name.isascii():
        return name
    words = tokens(name)
    if words in (("total", "epochs"), ("epochs",), ("epoch",)):
        return "Epochs"
    if words[-2:] == ("num", "samples"):
        return " ".join([*(word.capitalize() for word in words[:-2]), "Samples"])
    shown = " ".join(_titled(word) for word in words) or name
    return shown.replace("mAP50 95", "mAP50-95")


def number_format(name: str, values: list[float]) -> str:
    """Return the format spec for a column by its name and what is in it.

    Counts are integers, scores between 0 and 1 are percents, the rest has four decimals or, where
    four would tell too little or too much, four significant digits or none after the point.
    """
    finite = [abs(value) for value in values if isfinite(value)]
    if finite and role(name) is Role.COUNT and all(value.is_integer() for value in finite):
        return "d"
    if _is_percentage(name) and finite and max(finite) <= 1:
        return ".2%"
    if tokens(name) in _BENCHMARKED:
        return ".4g"
    nonzero = [value for value in finite if value]
    if nonzero and 1000 <= min(nonzero) <= max(nonzero) < 1e12 and max(nonzero) >= 1e6:
        return ",.0f" if direction(name) is Direction.HIGHER else ".4g"
    if nonzero and (max(nonzero) < 0.001 or max(nonzero) >= 1e6):
        return ".4g"
    return ".4f"


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


def _titled(word: str) -> str:
    if found := _TOP.match(word):
        return f"Top-{found[1]}"
    return _UPPER.get(word, word.capitalize())


def _is_percentage(name: str) -> bool:
    fractions = {"acc", "accuracy", "precision", "recall", "iou", "dice", "wer", "cer", "top1"}
    return bool(fractions & set(tokens(name))) or name.endswith("_rate")


def _is_count(words: tuple[str, ...]) -> bool:
    if words[0] == "total" and direction("_".join(words)) is not Direction.UNKNOWN:
        return words[-1] in _COUNTS  # `total_loss` counts nothing.
    return words[-1] in _COUNTS or words[0] in ("num", "total", "n")


_FRACTIONS = frozenset(
    "acc accuracy f1 fbeta precision recall sensitivity specificity auc auroc auprc iou miou dice "
    "jaccard map map50 map75 ap ap50 ap75 balanced wer cer bleu rouge rouge1 rouge2 rougel".split()
)
_BAD_RATES = frozenset("error fail failure miss dropout alarm".split())
_GOOD_RATES = frozenset("success win pass hit accuracy detection".split())
_ROC_RATES: dict[tuple[str, ...], Direction] = {
    (truth, sign): Direction.LOWER if truth == "false" else Direction.HIGHER
    for truth in ("true", "false")
    for sign in ("positive", "negative")
}


def _is_rate_metric(words: tuple[str, ...]) -> bool:
    if len(words) < 2 or words[-1] != "rate":
        return False
    return words[-2] in (_BAD_RATES | _GOOD_RATES) - {"dropout"} or words[-3:-1] in _ROC_RATES


def _rate_direction(words: tuple[str, ...]) -> Direction:
    return _ROC_RATES.get(
        words[-3:-1], Direction.LOWER if words[-2] in _BAD_RATES else Direction.HIGHER
    )
