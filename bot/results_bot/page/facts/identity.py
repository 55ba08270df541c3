"""What a run is of: its model, its data set, the number of its test samples.

Also which runs and metrics are references, such as a baseline, that are meant to stand apart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from results_bot.metric_names import split_of, tokens
from results_bot.metric_words import SPLITS
from results_bot.model import Metric, Run, Scalar
from results_bot.page.replicates import defines_experiment
from results_bot.page.section import Section

WORD = re.compile(r"[^\W_]+")
_REFERENCES = frozenset(
    "baseline baselines reference majority dummy chance trivial oracle human pretrain pretrained "
    "pretraining untrained zeror always never".split()
)
"""Runs and metrics with such a word are there to be compared with."""
_TRIVIAL = frozenset("majority dummy trivial constant zeror always never chance".split())
"""Models that may well predict one class."""
_SIMPLE = frozenset(
    "linear logistic logreg naive persistence constant prior unigram uncalibrated zeroshot "
    "upperbound ceiling".split()
)
"""Models so simple that they are far off the others by their nature."""
_SAME_RESULT = frozenset(
    "backend dtype device amp fp16 bf16 tf32 onnx tensorrt compile jit tta verbose every interval "
    "wandb workers profiler accelerator threshold thresholds calibration calibrate".split()
)
"""Words of settings that do not move what a model has learnt."""
_NO_TRAINING = frozenset("log logging eval evaluation inference print save".split())
"""The same, as the first word."""
_SCALING = frozenset("temperature softmax scaling calibration".split())
_COPIES = frozenset(
    "onnx tensorrt trt torchscript jit coreml tflite openvino compiled export exported fp32 fp16 "
    "bf16 tf32 int8 int4 quantized quantised float32 float16 cpu gpu cuda calibrated uncalibrated "
    "calibration temperature temp scaled scaling platt isotonic histogram binning vector threshold "
    "thr thresh tta notta eval".split()
)
"""Words of run names under which one trained model is evaluated once more."""
_SWEPT = frozenset("threshold thr thresh temperature temp".split())
_DATA_SETS = frozenset(
    "mnist fashionmnist kmnist emnist cifar10 cifar100 svhn stl10 imagenet tinyimagenet imagenette "
    "places365 celeba coco voc cityscapes ade20k kitti flowers102 food101 caltech101 eurosat gtsrb "
    "glue superglue sst2 mrpc qqp qnli mnli rte cola stsb squad snli imdb yelp agnews dbpedia "
    "wikitext wikitext2 wikitext103 ptb c4 wmt14 wmt16 librispeech mmlu gsm8k hellaswag arc "
    "winogrande truthfulqa humaneval mbpp kin8nm boston concrete energy naval protein power wine "
    "yacht housing abalone adult iris diabetes digits cora citeseer pubmed ogbn movielens ml1m "
    "ml100k criteo electricity traffic etth1 etth2 ettm1 ettm2".split()
)
_DATA_SET_SETTINGS = (
    ("data", "set"),
    ("dataset", "name"),
    ("data", "name"),
    ("dataset", "target"),
)
"""The last words of settings that name the data set."""
_SAME_SPLIT = {"valid": "val", "validation": "val", "dev": "val"}
_NOT_A_TASK = SPLITS | {"predict", "total", "data", "dataset", "set"}
_COUNTS = (
    ("num", "samples"),
    ("n", "samples"),
    ("num", "examples"),
    ("n", "examples"),
    ("avg", "support"),
)
"""The last words of readings that count samples."""


def is_reference(name: str) -> bool:
    """Return True if a run or metric is a reference, such as a baseline, by its name."""
    words = tokens(name)
    return not _REFERENCES.isdisjoint(words) or words[-1:] == ("random",)


def is_trivial(name: str) -> bool:
    """Return True if a run is a baseline that predicts one class on purpose, by its name."""
    return not _TRIVIAL.isdisjoint(tokens(name))


def is_simple(name: str) -> bool:
    """Return True if a run is a reference, or a model that is weak by its nature, by its name."""
    return is_reference(name) or not _SIMPLE.isdisjoint(tokens(name))


def different_settings(runs: Iterable[Run | None]) -> tuple[str, ...]:
    """Return the settings that may move a result and differ between runs."""
    params = [run.params if run else {} for run in runs]
    names = dict.fromkeys(name for one in params for name in one if _moves_results(name, one[name]))
    return tuple(name for name in names if len({one.get(name) for one in params}) > 1)


def model_of(name: str, run: Run | None) -> object:
    """Return what two runs share that are evaluations or replicates of one trained model.

    By the settings that may move a result or, without any that matter, by the words of the name.
    """
    params = run.params if run else {}
    if any(defines_experiment(key, value) for key, value in params.items()):
        return frozenset(one for one in params.items() if _moves_results(*one))
    words = WORD.findall(name.lower())
    swept = not _SWEPT.isdisjoint(words)
    return tuple(word for word in words if word not in _COPIES and not (swept and word.isdigit()))


def data_sets(view: Section) -> dict[str, list[str]]:
    """Group the runs of a section by data set in small letters, the one of most runs first.

    By the settings or, where each name has a word that is a well-known data set, by the names.
    Without either all runs are of the data set ``""``. With several, runs of an unknown one are
    left out.
    """
    keys = {
        key
        for key in set[str]().union(*(run.params for run in view.runs.values()))
        if (words := tokens(key))[-1:] in (("dataset",), ("benchmark",), ("corpus",))
        or words[-2:] in _DATA_SET_SETTINGS
    }
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name in view.names:
        params = view.runs[name].params if keys and name in view.runs else {}
        named = (value for key, value in params.items() if key in keys and isinstance(value, str))
        groups[next(named, "").lower()].append(name)
    if not any(groups):
        groups.clear()
        for name in view.names:
            word = next((word for word in WORD.findall(name.lower()) if word in _DATA_SETS), "")
            groups[word].append(name)
            if not word:
                return {"": view.names}
    groups.pop("", None)
    if len(groups) < 2:
        return {next(iter(groups), ""): view.names}
    main = max(groups, key=lambda name: len(groups[name]))
    return {main: groups.pop(main), **groups}


def sample_count(run: Run | None, metric: str = "") -> int | None:
    """Return how many samples a metric of the run was measured on, by its artifacts.

    A count belongs to the metrics of its data split or, with a name such as `arc_num_samples`, to
    those that begin with it. Without a metric, or with one of no split, it is that of the test
    split, or the count that names none.
    """
    if run is None:
        return None
    words, split = _without_split(metric), split_of(metric)
    wanted = _SAME_SPLIT.get(split or "", split or "test")
    counts = [
        (run.readings[name].value, len(task), own_split is not None)
        for name, task, own_split in _sample_counts(tuple(run.readings))
        if own_split in (wanted, None) and words[: len(task)] == task
    ]
    known = [one for one in counts if 1 <= one[0] < float("inf")]
    closest = max(known, key=lambda one: one[1:], default=None)
    return int(closest[0]) if closest else None


def other_test(before: Run | None, after: Run | None, metric: Metric) -> tuple[str, str] | None:
    """Return what differs in the tests of a metric, such as `version 1` and `2`, where known."""
    sources = metric.key, *metric.sources
    one, other = (run.reading(sources) if run else None for run in (before, after))
    was, now = (one.test, other.test) if one and other else ({}, {})
    differing = [key for key in was if key in now and was[key] != now[key]]
    if not differing:
        return None
    return (
        ", ".join(f"{key} {was[key]:g}" for key in differing),
        ", ".join(f"{now[key]:g}" for key in differing),
    )


def _without_split(name: str) -> tuple[str, ...]:
    """Return the words of a reading's name but those of its data split."""
    return tuple(word for word in tokens(name) if word not in _NOT_A_TASK)


@lru_cache(maxsize=1_024)
def _sample_counts(
    names: tuple[str, ...],
) -> tuple[tuple[str, tuple[str, ...], str | None], ...]:
    """Return the readings that count samples, such as `test_n_samples`.

    Each with the words of the task that it belongs to, and with its split.
    """
    found = []
    for name in names:
        words = _without_split(name)
        counts = words[-2:] in _COUNTS
        # `samples` alone counts anything, `test_samples` does not.
        if counts or words == ("support",) or (words == ("samples",) and len(tokens(name)) > 1):
            split = split_of(name)
            task = words[:-2] if counts else ()
            found.append((name, task, _SAME_SPLIT.get(split or "", split)))
    return tuple(found)


def _moves_results(name: str, value: Scalar) -> bool:
    """Return True if a setting may move a result: it is no seed or path, and no way to evaluate."""
    words = tokens(name.rpartition(".")[2])
    evaluates = words[0] in _NO_TRAINING or not _SAME_RESULT.isdisjoint(words) if words else False
    return defines_experiment(name, value) and not evaluates and not _SCALING.issuperset(words)
