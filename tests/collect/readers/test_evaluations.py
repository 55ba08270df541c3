"""Formats that no fixture was recorded of: small trees as the tools' documentation has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import nan
from pathlib import Path
from typing import Any

import pytest
from results_bot.model import Run, Status

from tests.collect.readers.recorded import by_name, gathered, put, values


def _runs(root: Path, files: Mapping[str, Any]) -> dict[str, Run]:
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    found = gathered(root)
    assert found.problems == found.remarks == ()
    return by_name(found)


def _mteb(task: str, *scores: float, split: str = "test") -> dict[str, Any]:
    subsets = [{"main_score": score, "cosine_pearson": 0.1, "hf_subset": "en"} for score in scores]
    return {"task_name": task, "mteb_version": "1.34.0", "scores": {split: subsets}}


def _promptfoo(provider: str, passed: int, label: str = "short") -> dict[str, Any]:
    metrics = {
        "score": 8.5, "testPassCount": passed, "testFailCount": 9 - passed, "testErrorCount": 1,
        "totalLatencyMs": 1200, "cost": 0.25, "tokenUsage": {"total": 10},
    }  # fmt: skip
    return {"provider": provider, "label": label, "raw": "Hi {{x}}", "metrics": metrics}


def _tune(iteration: int, loss: float, done: bool = False) -> dict[str, Any]:
    return {
        "val_loss": loss, "training_iteration": iteration, "time_total_s": 1.5, "trial_id": "a_0",
        "iterations_since_restore": iteration, "pid": 7, "done": done, "timestamp": 17,
        "experiment_tag": "0_lr=0.1000", "config": {"lr": 0.1, "model": {"depth": 2}},
    }  # fmt: skip


def _lines(*records: object) -> str:
    return "".join(f"{json.dumps(record)}\n" for record in records)


RLLIB = {
    "env_runners": {"episode_return_mean": 21.5, "hist_stats": {"lengths": [1, 2]}},
    "learners": {"default_policy": {"total_loss": 3.0}}, "timers": {"sample": 1.0},
    "num_env_steps_sampled_lifetime": 4000, "training_iteration": 1, "time_total_s": 2.0,
    "perf": {"cpu_util_percent": 5.0}, "config": {"env": "CartPole-v1"},
}  # fmt: skip
LIGHTEVAL = {
    "config_general": {"model_name": "org/small", "max_samples": None},
    "results": {
        "leaderboard|arc:challenge|25": {"acc": 0.5, "acc_stderr": 0.01},
        "leaderboard|gsm8k|5": {"qem": 0.25},
        "all": {"acc": 0.375},
    },
    "versions": {"leaderboard|arc:challenge|25": 0},
}
SKORCH = [
    {"epoch": epoch, "batches": [{"train_loss": 1.0}], "train_loss": 1.0 / epoch, "dur": 0.5,
     "valid_loss": 1.5 / epoch, "valid_loss_best": True, "valid_acc": 0.25 * epoch}
    for epoch in (1, 2)
]  # fmt: skip
MODEL = "mteb/org__small/" + "a" * 40
TREES: dict[str, tuple[dict[str, Any], dict[str, dict[str, float | None]]]] = {
    "MTEB: a task's main score is the mean of its subsets": (
        {
            f"{MODEL}/model_meta.json": {"name": "org/small", "revision": "a" * 40, "memory": 9},
            f"{MODEL}/STS12.json": _mteb("STS12", 0.75),
            f"{MODEL}/Amazon.json": _mteb("Amazon", 0.5, 0.25),
            f"{MODEL}/Dev.json": _mteb("Dev", 0.5, split="dev"),
        },
        {
            "org/small": {
                "STS12_main_score": 0.75, "Amazon_main_score": 0.375, "Dev_main_score": 0.5,
            }
        },
    ),
    "promptfoo: a run per provider": (
        {
            "eval/results.json": {
                "evalId": "eval-1",
                "results": {
                    "version": 3,
                    "prompts": [_promptfoo("openai:gpt", 8), _promptfoo("local", 5)],
                    "stats": {"successes": 13},
                },
            }
        },
        {
            name: {
                "pass_rate": rate, "score": 0.85, "mean_latency_ms": 120, "cost": 0.25,
                "num_errors": 1, "num_samples": 10,
            }
            for name, rate in (("openai:gpt", 0.8), ("local", 0.5))
        },
    ),
    "promptfoo: a run per prompt, in the table of version 2": (
        {
            "eval/results.json": {
                "results": {
                    "version": 2,
                    "table": {"head": {"prompts": [_promptfoo("a", 8), _promptfoo("a", 5, "l")]}},
                    "stats": {"successes": 13},
                }
            }
        },
        {"a short": {"pass_rate": 0.8}, "a l": {"pass_rate": 0.5}},
    ),
    "DeepEval: means of the scores": (
        {
            "eval/gpt.json": {
                "testCases": [{"name": "t", "metricsData": [{"score": 0.5, "threshold": 0.7}]}],
                "metricsScores": [
                    {"metric": "Faithfulness", "scores": [0.5, 1.0], "passes": 1, "fails": 1},
                    {"metric": "Bias", "scores": [], "passes": 0, "fails": 0},
                ],
                "testPassed": 3, "testFailed": 1, "runDuration": 4.5, "evaluationCost": 0.25,
            },
        },
        {"eval": {"Faithfulness_score": 0.75, "pass_rate": 0.75, "num_samples": 4, "cost": 0.25}},
    ),
    "SWE-bench: the share of instances that were resolved": (
        {
            "eval/gpt.run1.json": {
                "total_instances": 500, "submitted_instances": 400, "completed_instances": 390,
                "resolved_instances": 210, "unresolved_instances": 180, "error_instances": 10,
                "empty_patch_instances": 0, "resolved_ids": ["a"], "schema_version": 2,
            },
        },
        {"eval": {"resolved_rate": 0.42, "num_samples": 500, "num_errors": 10}},
    ),
    "numbers that no evaluation gives": (
        {
            "eval/a/swe.json": {
                "total_instances": 5, "resolved_instances": 7, "error_instances": 0,
            },
            "eval/b/deep.json": {
                "metricsScores": [{"metric": "Bias", "scores": [1e308, 1e308]}],
                "testPassed": 5, "testFailed": -4,
            },
            "eval/c/metrics.json": {"accuracy": 0.5},
        },
        {"a": {"resolved_rate": None}, "b": {"pass_rate": None}, "c": {"accuracy": 0.5}},
    ),
    "DeepEval: a score that is not a number": (
        {
            "eval/deep.json": {
                "metricsScores": [{"metric": "Bias", "scores": [nan, 0.5]}],
                "testPassed": 1, "testFailed": 1,
            },
        },
        {"eval": {"pass_rate": 0.5, "num_samples": 2}},
    ),
    "MTEB: a model without a revision": (
        {
            f"{MODEL}/model_meta.json": {"name": "org/small", "revision": None, "memory": 9},
            f"{MODEL}/STS12.json": _mteb("STS12", 0.75),
        },
        {"org/small": {"STS12_main_score": 0.75, "memory": None}},
    ),
    "Ray Tune: a trial is called by its settings": (
        {
            "tune/train_a_0_0/result.json": _lines(_tune(1, 0.25), _tune(2, 0.5, done=True)),
            "tune/train_a_0_0/progress.csv": "val_loss,training_iteration,time_total_s,pid,"
            "config/lr\n0.25,1,1.5,7,0.1\n0.5,2,1.5,7,0.1\n",
            "tune/train_a_0_0/params.json": {"lr": 0.1, "model": {"depth": 2}},
            "tune/experiment_state-2026-01-20_14-03-00.json": '{"trial_data": [',
        },
        {"lr=0.1000": {"val_loss": 0.5, "best_val_loss": 0.25}},
    ),
    "RLlib: the learner's internals are not results": (
        {"rl/PPO_CartPole/result.json": _lines(RLLIB)},
        {"PPO_CartPole": {"env_runners.episode_return_mean": 21.5}},
    ),
    "lighteval: the latest of two evaluations": (
        {
            "e/org/small/results_2026-01-20T14-03-00.123456.json": LIGHTEVAL,
            "e/org/small/results_2026-01-19T14-03-00.123456.json": {
                **LIGHTEVAL, "results": {"leaderboard|gsm8k|5": {"qem": 0.125}},
            },
        },
        {
            "org/small": {
                "all_acc": 0.375, "arc_challenge_acc": 0.5, "arc_challenge_acc_stderr": 0.01,
                "gsm8k_qem": 0.25,
            }
        },
    ),
    "vLLM: a benchmark is called by its file": (
        {
            f"bench/vllm-1qps-{model}.json": {
                "date": "20260120-140300", "backend": "vllm", "model_id": f"org/{model}",
                "num_prompts": 100, "request_rate": "inf", "duration": 10.5, "completed": 100,
                "request_throughput": 9.5, "mean_ttft_ms": ttft, "input_lens": [1, 2],
                "itls": [[0.1], [0.2]], "errors": ["", ""],
            }
            for model, ttft in (("small", 50.0), ("large", 75.0))
        },
        {
            f"vllm-1qps-{model}": {"request_throughput": 9.5, "mean_ttft_ms": ttft}
            for model, ttft in (("small", 50.0), ("large", 75.0))
        },
    ),
    "skorch: a list of epochs": (
        {"runs/net/history.json": SKORCH},
        {
            "net": {
                "train_loss": 0.5, "best_train_loss": 0.5, "valid_loss": 0.75,
                "best_valid_loss": 0.75, "valid_acc": 0.5, "best_valid_acc": 0.5, "total_epochs": 2,
            }
        },
    ),
    "fastai: metrics are of the validation split": (
        {
            "runs/a/history.csv": "epoch,train_loss,valid_loss,accuracy,time\n"
            "0,1.0,0.5,0.5,00:03\n1,0.5,0.25,0.75,00:03\n"
        },
        {"a": {"train_loss": 0.5, "valid_loss": 0.25, "valid_accuracy": 0.75, "total_epochs": 2}},
    ),
    "Keras: an unnamed index counts the epochs": (
        {"runs/a/history.csv": ",loss,accuracy,val_loss\n0,1.0,0.5,1.5\n1,0.5,0.75,1.25\n"},
        {"a": {"train_loss": 0.5, "accuracy": 0.75, "best_val_loss": 1.25, "total_epochs": 2}},
    ),
    "a log of several folds": (
        {"runs/a/log.csv": "fold,epoch,val_acc\n0,1,0.5\n0,2,0.75\n1,1,0.25\n1,2,0.5\n"},
        {
            name: {"val_acc": last, "best_val_acc": last, "total_epochs": 2}
            for name, last in (("a/fold_0", 0.75), ("a/fold_1", 0.5))
        },
    ),
    "evaluate: what begins with an underscore is no result": (
        {
            "runs/a/result-2026_01_20-14_03_00.json": {
                "accuracy": 0.5, "_timestamp": "2026-01-20T14:03:00", "_git_commit_hash": None,
                "_evaluate_version": "0.4.3", "_interpreter_path": "/usr/bin/python",
            }
        },
        {"a": {"accuracy": 0.5}},
    ),
    "MMEngine: `vis_data` alone": (
        {
            "work/tiny/20260120_140300/vis_data/scalars.json": _lines(
                {"lr": 0.1, "data_time": 0.1, "loss": 0.5, "epoch": 1, "iter": 10, "time": 1.0,
                 "step": 10},
                {"coco/bbox_mAP": 0.25, "data_time": 0.1, "time": 0.2, "step": 1},
            )
        },
        {"tiny": {"val_bbox_mAP": 0.25, "best_val_bbox_mAP": 0.25}},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), TREES.values(), ids=TREES)
def test_runs_and_their_metrics(
    files: dict[str, Any], expected: dict[str, dict[str, float | None]], tmp_path: Path
) -> None:
    runs = _runs(tmp_path, files)
    assert runs.keys() == expected.keys()
    for name, metrics in expected.items():
        found = values(runs[name])
        assert {one: found.get(one) for one in metrics} == metrics


def test_settings_and_statuses(tmp_path: Path) -> None:
    files = TREES["Ray Tune: a trial is called by its settings"][0]
    [trial] = _runs(tmp_path / "tune", files).values()
    assert trial.params == {"lr": 0.1, "model.depth": 2}
    assert trial.status is Status.FINISHED
    [rl] = _runs(tmp_path / "rl", {"rl/PPO/result.json": _lines(RLLIB)}).values()
    assert {"timers/sample", "learners/default_policy/total_loss", "training_iteration"}.isdisjoint(
        rl.readings
    )


def test_a_failed_evaluation(tmp_path: Path) -> None:
    log = {
        "version": 2,
        "status": "error",
        "eval": {"task": "sums", "model": "org/small", "task_args_passed": {"shots": 2}},
        "error": {"message": "out of memory"},
    }
    [run] = _runs(tmp_path, {"logs/2026-01-20_sums.json": log}).values()
    assert (run.name, run.status) == ("org/small,shots=2", Status.FAILED)


def test_trackio(tmp_path: Path) -> None:
    runs = by_name(gathered(put("trackio", tmp_path)))
    assert list(runs) == ["base", "fast"]
    assert runs["base"].params == {"lr": 0.25}
    assert values(runs["fast"]) == {
        "val_acc": 1.0,
        "best_val_acc": 1.0,
        "aux.val_loss": 0.4,
        "best_aux.val_loss": 0.4,
        "total_epochs": 3,
    }
