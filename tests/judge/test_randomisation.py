"""F1, precision, recall and balanced accuracy are tested by swapping predictions."""

from __future__ import annotations

import numpy as np
import pytest
from results_bot.judge.evidence.paired import randomisation

from tests.judge.build import predictions

RANDOM = np.random.default_rng(3)
TARGET = (RANDOM.random(600) < 0.2).astype(int)


def side(error: float) -> list[int]:
    """Return predictions of which this share is wrong."""
    flipped = np.where(RANDOM.random(600) < error, 1 - TARGET, TARGET)
    return [int(one) for one in flipped]


def f1(predicted: list[int]) -> float:
    right = sum(p == t == 1 for p, t in zip(predicted, TARGET, strict=True))
    return float(2 * right / (sum(predicted) + int(TARGET.sum())))


@pytest.mark.parametrize(("errors", "real"), [((0.1, 0.1), False), ((0.1, 0.25), True)])
def test_f1_of_one_class(errors: tuple[float, float], real: bool) -> None:
    one, other = map(side, errors)
    expected = f1(one), f1(other)
    both = predictions(one, TARGET.tolist()), predictions(other, TARGET.tolist())
    found = randomisation("test_f1", both, lambda *scores: scores == pytest.approx(expected))
    assert found is not None
    assert found.n == 600
    assert ((found.p_value or 0) <= 0.05) is real


@pytest.mark.parametrize("name", ["precision", "macro_recall", "balanced_accuracy", "f1_weighted"])
def test_other_scores_are_known(name: str) -> None:
    both = predictions(side(0.1), TARGET.tolist()), predictions(side(0.3), TARGET.tolist())
    assert randomisation(name, both, lambda *_: True) is not None
    assert randomisation(name, both, lambda *_: False) is None
    assert randomisation("auroc", both, lambda *_: True) is None
