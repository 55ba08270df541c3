"""Real trainings: four data sets, four kinds of model, many seeds, with their predictions.

The data set, its split and the settings are the same for all seeds of a pair, so that two
trainings of one recipe differ by the noise of training and nothing else.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

METRICS = ("test_accuracy", "test_f1", "test_log_loss", "test_auroc")
PAIRS = (
    ("digits", "mlp"), ("digits", "forest"), ("digits", "sgd"),
    ("cancer", "mlp"), ("cancer", "forest"), ("cancer", "boosting"),
    ("wine", "mlp"), ("wine", "forest"), ("wine", "sgd"),
    ("made", "mlp"), ("made", "forest"), ("made", "boosting"),
)  # fmt: skip
SAME, HALF, LABELS = "nothing", "half of the data", "5 % wrong labels"
"""The change from the base's recipe to the head's; the last two are mistakes."""
SEEDS = {SAME: 60, HALF: 20, LABELS: 20}


class Trainings(NamedTuple):
    """All trainings of one recipe."""

    target: NDArray[np.int64]
    """Shape (samples,)."""
    values: Floats
    """Shape (seeds, metrics)."""
    predicted: NDArray[np.int64]
    """Shape (seeds, samples)."""
    losses: Floats
    """Log loss of each sample, shape (seeds, samples)."""


def train(recipe: str, data: str, model: str) -> Trainings:
    """Train a recipe with all its seeds."""
    from sklearn.metrics import f1_score, roc_auc_score
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    points, classes = _data(data)
    learn, test, labels, target = train_test_split(
        points, classes, test_size=0.5, random_state=0, stratify=classes
    )
    scaler = StandardScaler().fit(learn)
    learn, test = scaler.transform(learn), scaler.transform(test)
    values, predicted, losses = [], [], []
    for seed in range(SEEDS[recipe]):
        random = np.random.default_rng([seed, len(recipe)])
        own = labels.copy()
        kept = np.arange(len(own))
        if recipe == HALF:
            kept = random.permutation(kept)[: len(own) // 2]
        if recipe == LABELS:
            wrong = random.random(len(own)) < 0.05
            own[wrong] = random.permutation(own)[wrong]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Not converged: as short as many real trainings.
            fitted = _MODELS[model](seed).fit(learn[kept], own[kept])
        shares = np.clip(fitted.predict_proba(test), 1e-7, 1)
        shares /= shares.sum(1, keepdims=True)
        guess, loss = shares.argmax(1), -np.log(shares[np.arange(len(target)), target])
        ranks = shares[:, 1] if shares.shape[1] == 2 else shares
        values.append((
            (guess == target).mean(),
            f1_score(target, guess, average="macro"),
            loss.mean(),
            roc_auc_score(target, ranks, multi_class="ovr"),
        ))  # fmt: skip
        predicted.append(guess)
        losses.append(loss)
    return Trainings(target, np.array(values), np.array(predicted), np.array(losses))


def _data(name: str) -> tuple[Floats, NDArray[np.int64]]:
    from sklearn import datasets

    if name == "made":
        made: tuple[Floats, NDArray[np.int64]] = datasets.make_classification(
            3000, 20, n_informative=8, n_classes=3, flip_y=0.05, random_state=0
        )
        return made
    load = {
        "digits": datasets.load_digits,
        "cancer": datasets.load_breast_cancer,
        "wine": datasets.load_wine,
    }[name]
    loaded: tuple[Floats, NDArray[np.int64]] = load(return_X_y=True)
    return loaded


def _mlp(seed: int) -> Any:
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier((32,), learning_rate_init=0.01, max_iter=25, random_state=seed)


def _forest(seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(40, random_state=seed)


def _sgd(seed: int) -> Any:
    from sklearn.linear_model import SGDClassifier

    return SGDClassifier(loss="log_loss", alpha=0.01, max_iter=20, random_state=seed)


def _boosting(seed: int) -> Any:
    from sklearn.ensemble import GradientBoostingClassifier

    return GradientBoostingClassifier(n_estimators=30, subsample=0.5, random_state=seed)


_MODELS: dict[str, Callable[[int], Any]] = {
    "mlp": _mlp, "forest": _forest, "sgd": _sgd, "boosting": _boosting,
}  # fmt: skip
