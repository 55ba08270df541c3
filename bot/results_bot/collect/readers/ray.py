"""Ray Tune and RLlib: a trial's results, one line per training iteration."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from results_bot.collect import csv_table, steps
from results_bot.collect.extracted import Extracted, called
from results_bot.collect.file import File
from results_bot.collect.flatten import dotted, label, leaves
from results_bot.model import Status

TITLE = "Ray Tune, RLlib"

_NO_METRICS = frozenset(
    "config info timers perf sampler_perf hist_stats sampler_results counters fault_tolerance "
    "connector_metrics learners learner_stats num_healthy_workers warmup_time done pid date "
    "node_ip hostname trial_id experiment_id experiment_tag timestamp should_checkpoint "
    "iterations_since_restore timesteps_since_restore episodes_total agent_timesteps_total".split()
)
_TIMES = re.compile(r"time_(?:this_iter|total|since_restore)(?:_s)?|.*_throughput|num_.*")
_TAG = re.compile(r"\d+_(.+)")
Value = TypeVar("Value")

claims = called("result.json", "progress.csv")


def read(file: File) -> list[Extracted] | None:
    """Return last and best values, settings and how the trial ended."""
    if file.suffix == "csv":
        if not {"training_iteration", "time_total_s"} <= set(csv_table.header(file)):
            return None
        columns = csv_table.columns(file)
        return [Extracted(steps.of_columns(_metrics(columns.items()), file))]
    document = file.json
    records = document if isinstance(document, list) else [document]
    records = [one for one in records if isinstance(one, dict)]
    if not records or not {"training_iteration", "time_total_s"} <= records[-1].keys():
        return None
    last = records[-1]
    config = last.get("config")
    settings = leaves(config, file.path, "config").params if isinstance(config, dict) else {}
    tag = _TAG.fullmatch(str(last.get("experiment_tag", "")))
    return [
        Extracted(
            steps.of_records([_metrics(dotted(one)) for one in records], file),
            settings,
            status=Status.FINISHED if last.get("done") is True else None,
            name=label(tag[1]) if tag else None,
        )
    ]


def _metrics(values: Iterable[tuple[str, Value]]) -> dict[str, Value]:
    """Return the metrics among values; RLlib nests them, as `env_runners/episode_return_mean`."""
    kept = {}
    for name, value in values:
        parts = re.split("[./]", name)
        if _NO_METRICS.isdisjoint(parts) and not _TIMES.fullmatch(parts[-1]):
            kept[name] = value
    return kept
