"""Whether runs are of different models: their settings, their names, the data set they are of.

Also which runs and metrics are references, such as a baseline, that are meant to stand apart.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from results_bot.metric_names import tokens
from results_bot.model import Run
from results_bot.page.material import SectionView
from results_bot.page.seeds import matters

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


def is_training(key: str) -> bool:
    """Return True if a metric was measured on what the model was trained on."""
    return not {"train", "training"}.isdisjoint(tokens(key))


def different_settings(runs: Iterable[Run | None]) -> tuple[str, ...]:
    """Return the settings that may move a result and differ between runs."""
    params = [run.params if run else {} for run in runs]
    names = dict.fromkeys(name for one in params for name in one if _moves_results(name))
    return tuple(name for name in names if len({one.get(name) for one in params}) > 1)


def model_of(name: str, run: Run | None) -> object:
    """Return what two runs share that are evaluations or replicates of one trained model.

    By the settings that may move a result or, without any that matter, by the words of the name.
    """
    params = run.params if run else {}
    if any(map(matters, params)):
        return frozenset((key, value) for key, value in params.items() if _moves_results(key))
    words = WORD.findall(name.lower())
    swept = not _SWEPT.isdisjoint(words)
    return tuple(word for word in words if word not in _COPIES and not (swept and word.isdigit()))


def data_sets(view: SectionView) -> dict[str, str]:
    """Return the data set of each run, in small letters; empty where it is not known.

    By the settings or, where each name has a word that is a well-known data set, by the names.
    """
    found = {name: _configured(view.runs.get(name)) for name in view.names}
    if not any(found.values()):
        found = {
            name: next((word for word in WORD.findall(name.lower()) if word in _DATA_SETS), "")
            for name in view.names
        }
        if not all(found.values()):
            return dict.fromkeys(view.names, "")
    several = len(set(found.values()) - {""}) > 1
    return found if several else dict.fromkeys(view.names, main_data_set(found))


def main_data_set(found: dict[str, str]) -> str:
    """Return the known data set that most runs are of; of equals the first."""
    counted = Counter(name for name in found.values() if name)
    return max(counted, key=counted.__getitem__, default="")


def of_main_data_set(view: SectionView) -> set[str]:
    """Return the runs of a section that are of its main data set."""
    found = data_sets(view)
    main = main_data_set(found)
    return {name for name, own in found.items() if own == main}


def _configured(run: Run | None) -> str:
    params = run.params if run else {}
    named = (v.lower() for k, v in params.items() if isinstance(v, str) and _names_data_set(k))
    return next(named, "")


@lru_cache(maxsize=4_096)
def _names_data_set(key: str) -> bool:
    words = tokens(key)
    return words[-1:] in (("dataset",), ("benchmark",), ("corpus",)) or words[-2:] in (
        ("data", "set"),
        ("dataset", "name"),
        ("data", "name"),
        ("dataset", "target"),
    )


@lru_cache(maxsize=4_096)
def _moves_results(name: str) -> bool:
    """Return True if a setting may move a result: it is no seed or path, and no way to evaluate."""
    words = tokens(name.rpartition(".")[2])
    evaluates = words[0] in _NO_TRAINING or not _SAME_RESULT.isdisjoint(words) if words else False
    return matters(name) and not evaluates and not _SCALING.issuperset(words)
