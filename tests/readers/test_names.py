"""Names that the formats brought: what they are for, and which way they get better."""

from __future__ import annotations

import pytest
from results_bot.metric_names import Role, direction, number_format, role
from results_bot.metric_titles import title
from results_bot.model import Direction

LOWER, HIGHER, UNKNOWN = Direction.LOWER, Direction.HIGHER, Direction.UNKNOWN
NAMES = [
    ("eval_samples_per_second", Role.TIME, HIGHER),
    ("eval_runtime", Role.TIME, UNKNOWN),
    ("total_flos", Role.COUNT, UNKNOWN),
    ("total_epochs", Role.COUNT, UNKNOWN),
    ("total_loss", Role.METRIC, LOWER),
    ("hellaswag_acc_norm", Role.METRIC, HIGHER),
    ("grad_norm", Role.PARAMETER, UNKNOWN),
    ("hellaswag_acc_stderr", Role.UNKNOWN, UNKNOWN),
    ("mean_seconds", Role.METRIC, LOWER),
    ("elapsed_seconds", Role.TIME, UNKNOWN),
    ("std_seconds", Role.TIME, UNKNOWN),
    ("ops", Role.METRIC, HIGHER),
    ("items_throughput", Role.METRIC, HIGHER),
    ("val_map50_95", Role.METRIC, HIGHER),
    ("bbox_mAP_50", Role.METRIC, HIGHER),
    ("mIoU", Role.METRIC, HIGHER),
    ("IoU", Role.METRIC, HIGHER),
    ("F1", Role.METRIC, HIGHER),
    ("AP50", Role.METRIC, HIGHER),
    ("mapping", Role.UNKNOWN, UNKNOWN),
    ("reward_per_step", Role.METRIC, HIGHER),
    ("phoneme_per", Role.METRIC, LOWER),
    ("dep_uas", Role.METRIC, HIGHER),
]


@pytest.mark.parametrize(("name", "purpose", "way"), NAMES)
def test_role_and_direction(name: str, purpose: Role, way: Direction) -> None:
    assert role(name) is purpose
    if purpose is not Role.PARAMETER:
        assert direction(name) is way


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("val_map50_95", "Val mAP50-95"),
        ("best_val_map50", "Best Val mAP50"),
        ("bbox_mAP_50", "Bbox mAP 50"),
        ("mIoU", "mIoU"),
        ("mean_seconds", "Mean Seconds"),
    ],
)
def test_titles(name: str, shown: str) -> None:
    assert title(name) == shown


def test_benchmarked_seconds_have_significant_digits() -> None:
    assert number_format("mean_seconds", [0.00123456, 0.5]) == ".4g"
