"""Small trees as people leave them, and the page that a careful owner would want."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from math import nan
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from tests.collect.readers.test_pages import page
from tests.conftest import git, run_cli

Tree = Mapping[str, Any]


def of(accuracy: float, **more: object) -> dict[str, object]:
    return {"accuracy": accuracy, **more}


def each(pattern: str, models: str = "bert gpt", seeds: int = 3) -> Tree:
    """One file for every model and seed; the models' means are 0.81 and 0.91."""
    return {
        pattern.format(m=model, s=seed): of(0.8 + at / 10 + seed / 100)
        for at, model in enumerate(models.split())
        for seed in range(seeds)
    }


def rows(text: str) -> dict[str, list[str]]:
    """Return the rows of each section by its heading, cells of a row joined by a space."""
    out: dict[str, list[str]] = {}
    for title, body in re.findall(r"^## (.+)\n((?:(?!## ).*\n)*)", text, re.MULTILINE):
        table = re.search(r"^\| Run \|.*\n\|[-:|]+\n((?:\|.*\n)+)", body, re.MULTILINE)
        if table:
            out[title] = [line.strip("| ").replace(" | ", " ") for line in table[1].splitlines()]
    return out


def write(tree: Tree, folder: Path) -> None:
    for path, content in tree.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")


def commit(folder: Path) -> None:
    """Commit everything with a fresh page."""
    git(folder, "init", "-q")
    run_cli(["refresh"], folder)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")


SEEDS = {"results": ["gpt 91.00% ± 1.00%", "bert 81.00% ± 1.00%"]}
TWO = {"results/m1/metrics.json": of(0.9), "results/m2/metrics.json": of(0.8)}
TWO_ROWS = {"results": ["m1 90.00%", "m2 80.00%"]}
AVERAGE = {"precision": 0.9, "recall": 0.9, "f1-score": 0.9, "support": 10}
REPORT = {"accuracy": 0.9, "macro avg": AVERAGE, "weighted avg": AVERAGE}
REPORT_CSV = (
    ",precision,recall,f1-score,support\naccuracy,.9,.9,.9,.9\nmacro avg,.9,.9,.9,10\n"
    "weighted avg,.9,.9,.9,10\n"
)
DATASETS = "cifar10 mnist svhn pets cars food dtd aircraft flowers sun"

TREES: dict[str, tuple[Tree, Mapping[str, list[str]]]] = {
    # What a run is.
    "a file a model": (
        {f"results/cross_dataset_{m}.json": of(a) for m, a in (("bert", 0.9), ("lstm", 0.8))},
        {"results": ["cross_dataset_bert 90.00%", "cross_dataset_lstm 80.00%"]},
    ),
    "siblings with more keys": (
        {
            **{f"results/m{at}.json": of(1 - at / 10, f1=0.5) for at in (1, 2, 3)},
            "results/m4.json": of(0.6, f1=0.5, ece=0.1, auc=0.5),
        },
        {"results": [f"m{at} {100 - 10 * at}.00% 0.5000" for at in (1, 2, 3, 4)]},
    ),
    "data sets as outer keys": (
        {"results/metrics.json": {d: of(0.9 - i / 100) for i, d in enumerate(DATASETS.split())}},
        {"results": [f"{d} {90 - i}.00%" for i, d in enumerate(DATASETS.split())]},
    ),
    "models as outer keys": (
        {"results/summary.json": {"svm": of(0.9, f1=0.8), "rf": of(0.8, f1=0.7)}},
        {"results": ["svm 90.00% 0.8000", "rf 80.00% 0.7000"]},
    ),
    "models beside other objects": (
        {
            "results/metrics.json": {
                "epochs": 50,
                "scratch": of(0.1),
                "transfer": of(0.9),
                "images": {"bus": {"found": 4}},
            }
        },
        {"results": ["transfer 90.00%", "scratch 10.00%"]},
    ),
    "baselines beside a model": (
        {"results/metrics.json": {"ours": of(0.9), "baselines": {"svm": of(0.8), "rf": of(0.7)}}},
        {"results": ["ours 90.00%", "svm 80.00%", "rf 70.00%"]},
    ),
    "a report beside the metrics": (
        {
            f"results/{m}.json": {"metrics": of(a), "report": of(a, macro_f1=a)}
            for m, a in (("rf", 0.8), ("svm", 0.9))
        },
        {"results": ["svm 90.00% 90.00% 0.9000", "rf 80.00% 80.00% 0.8000"]},
    ),
    "models below splits": (
        {
            "results/metrics.json": {
                split: {"svm": of(a), "rf": of(a - 0.2)}
                for split, a in (("val", 0.8), ("test", 0.9))
            }
        },
        {"results": ["svm 90.00% 80.00%", "rf 70.00% 60.00%"]},
    ),
    "splits as outer keys": (
        {f"results/m{i}/metrics.json": {"train": of(0.95), "test": of(0.9)} for i in (1, 2)},
        {"results": ["m1 90.00% 95.00%", "m2 90.00% 95.00%"]},
    ),
    "a list of entries": (
        {"results/leaderboard.json": [{"model": "a", **of(0.9)}, {"model": "b", **of(0.8)}]},
        {"results": ["a 90.00%", "b 80.00%"]},
    ),
    "a list of entries inside a document": (
        {
            "leaderboard.json": {
                "updated": "2026-01-20",
                "entries": [{"model": m, "metrics": of(a)} for m, a in (("a", 0.9), ("b", 0.8))],
            }
        },
        {"Results": ["a 90.00%", "b 80.00%"]},
    ),
    "percentages as text, and no small objects": (
        {
            f"results/m{i}/metrics.json": {"mAP": i / 10, "mAP_s": nan, "acc": f"9{i}.5%"}
            for i in (1, 2)
        },
        {"results": ["m2 0.2000 NaN 92.50%", "m1 0.1000 NaN 91.50%"]},
    ),
    "a list of one": (
        {f"results/m{i}/metrics.json": [of(1 - i / 10)] for i in (1, 2)},
        {"results": ["m1 90.00%", "m2 80.00%"]},
    ),
    "rows by identifier and seed": (
        {"results/all.tsv": "id\tseed\taccuracy\nm1\t0\t0.9\nm1\t1\t0.8\nm2\t0\t0.7\nm2\t1\t0.6\n"},
        {"results": ["m1 85.00% ± 7.07%", "m2 65.00% ± 7.07%"]},
    ),
    "rows by model and data set": (
        {"results/all.csv": "model,dataset,accuracy\nsvm,iris,.9\nsvm,wine,.8\nrf,iris,.7\n"},
        {"results": ["svm/iris 90.00%", "svm/wine 80.00%", "rf/iris 70.00%"]},
    ),
    "rows by numbers too": (
        {"results/all.csv": "model,sparsity,accuracy\na,0.5,.9\na,0.9,.8\nb,0.5,.7\n"},
        {"results": ["a/sparsity=0.5 90.00%", "a/sparsity=0.9 80.00%", "b/sparsity=0.5 70.00%"]},
    ),
    "records inside a document": (
        {
            "results/metrics.json": {
                "strict": {"results": [{"model": "a", **of(0.9)}, {"model": "b", **of(0.8)}]},
                "loose": {"results": [{"model": "a", **of(0.7)}, {"model": "b", **of(0.6)}]},
            }
        },
        {"results": ["strict/a 90.00%", "strict/b 80.00%", "loose/a 70.00%", "loose/b 60.00%"]},
    ),
    "records inside records": (
        {
            "results/all.json": [
                {
                    "dataset_meta": {"key": key, "n_features": count},
                    "results": [
                        {"dataset": key, "model": m, **of(a - count / 100)} for m, a in own
                    ],
                }
                for key, count, own in (
                    ("wine", 13, (("svm", 0.9), ("rf", 0.8))),
                    ("digits", 64, (("svm", 0.95),)),
                )
            ]
        },
        {"results": ["wine/svm wine 77.00%", "wine/rf wine 67.00%", "digits/svm digits 31.00%"]},
    ),
    "tables of one name inside records": (
        {
            "results/all.json": [
                {
                    "dataset": key,
                    "val": [{"model": "svm", **of(a)}],
                    "test": [{"model": "svm", **of(b)}],
                }
                for key, a, b in (("wine", 0.9, 0.8), ("digits", 0.7, 0.6))
            ]
        },
        {
            "results": [
                "wine/val/svm 90.00%",
                "wine/svm 80.00%",
                "digits/val/svm 70.00%",
                "digits/svm 60.00%",
            ]
        },
    ),
    "details inside records": (
        {
            "results/all.json": [
                {
                    "model": m,
                    **of(a),
                    "classes": [{"class": "cat", "f1": a}, {"class": "dog", "f1": a}],
                }
                for m, a in (("svm", 0.9), ("rf", 0.8))
            ]
        },
        {"results": ["svm 90.00%", "rf 80.00%"]},
    ),
    "logs inside records": (
        {
            "results/all.json": [
                {"model": m, "log": [{"epoch": 1, "auc": 0.5}, {"epoch": 2, "auc": auc}]}
                for m, auc in (("org/svm", 0.9), ("rf", 0.8))
            ]
        },
        {"results": ["org/svm 0.9000 2", "rf 0.8000 2"]},
    ),
    "histories below outer keys": (
        {
            "results/all.json": {
                f"{m}/A/24": of(a, history={"train_loss": [2, 1], "val_loss": [2, 1]})
                for m, a in (("tft", 0.9), ("patchtst", 0.8))
            }
        },
        {"results": ["tft/A/24 90.00%", "patchtst/A/24 80.00%"]},
    ),
    "a log inside a document": (
        {"results/m/metrics.json": {"rounds": [{"round": i, "auc": i / 10} for i in (1, 2)]}},
        {"results": ["m 0.2000"]},
    ),
    "a log of several models": (
        {"results/log.csv": "model,epoch,auc\na,1,.5\na,2,.6\nb,1,.7\nb,2,.8\n"},
        {"results": ["b 0.8000 2", "a 0.6000 2"]},
    ),
    "folds as rows, with their mean": (
        {f"results/{m}/cv.csv": "fold,acc\n0,.9\n1,.8\nmean,.85\nstd,.05\n" for m in "ab"},
        {"results": ["a 85.00% ± 7.07%", "b 85.00% ± 7.07%"]},
    ),
    "classes beside a run's metrics": (
        {**TWO, "results/m1/per_class.json": {"cat": of(0.5), "dog": of(0.6)}},
        TWO_ROWS,
    ),
    "a long table": (
        {"results/m1/log.csv": "step,metric,value\n1,loss,.5\n1,acc,.8\n2,loss,.4\n2,acc,.9\n"},
        {"results": ["m1 0.4000 90.00%"]},
    ),
    "a column a model": (
        {"outputs/summary.csv": "dataset,version,metric,mode,llama,qwen\nmmlu,1d7,acc,gen,.5,.6\n"},
        {"outputs": ["qwen 60.00%", "llama 50.00%"]},
    ),
    "folds in lists": (
        {
            "results/a/metrics.json": {"cv_accuracy": [0.9, 0.91, 0.89, 0.92, 0.8]},
            "results/b/metrics.json": {"cv_accuracy": [0.8, 0.81, 0.79, 0.82, 0.95]},
        },
        {"results": ["a 88.40% ± 4.83%", "b 83.40% ± 6.58%"]},
    ),
    "a cross-validation a file": (
        {
            f"results/{m}.json": {"fit_time": [1, 1], "score_time": [1, 1], "test_score": folds}
            for m, folds in (("rf", [0.7, 0.8]), ("svm", [0.8, 0.9]))
        },
        {"results": ["svm 0.8500 ± 0.0707", "rf 0.7500 ± 0.0707"]},
    ),
    "a search with two scorers": (
        {
            "results/cv_results.json": {
                "params": [{"C": 1}, {"C": 2}],
                "param_C": [1, 2],
                **{
                    f"{kind}_test_{scorer}": values
                    for scorer in ("accuracy", "f1")
                    for kind, values in (
                        ("split0", [0.8, 0.9]),
                        ("split1", [0.8, 0.9]),
                        ("mean", [0.8, 0.9]),
                        ("std", [0, 0]),
                        ("rank", [2, 1]),
                    )
                },
            }
        },
        {
            "results": [
                "C=2 2 90.00% ± 0.00% 0.9000 ± 0.0000",
                "C=1 1 80.00% ± 0.00% 0.8000 ± 0.0000",
            ]
        },
    ),
    "a nested history": (
        {"results/xgb/evals.json": {"train": {"auc": [0.6, 0.8]}, "val": {"auc": [0.6, 0.7]}}},
        {"results": ["xgb 0.7000 0.8000"]},
    ),
    "a file at the top": (
        {"metrics.json": of(0.9), "package.json": {"version": 1.0}},
        {"Results": ["metrics 90.00%"]},
    ),
    "a trainer's files at the top": (
        {
            "all_results.json": {"eval_accuracy": 0.9, "epoch": 3.0},
            "eval_results.json": {"eval_accuracy": 0.9, "epoch": 3.0},
            "config.json": {"hidden_size": 3},
        },
        {"Results": ["all_results 90.00% 3"]},
    ),
    "a table at the top": (
        {"results.csv": "model,accuracy\nsvm,0.9\nrf,0.8\n"},
        {"Results": ["svm 90.00%", "rf 80.00%"]},
    ),
    "configurations": ({**TWO, "configs/a.yaml": "best_accuracy: 0.5\nlr: 0.1\n"}, TWO_ROWS),
    "descriptions of data": (
        {
            **TWO,
            "results/eda/missing_rates.json": {"age": 0.1},
            "results/eda/statistics.json": {"mean": 2.0, "count": 5},
            "data/summary.json": {"accuracy": 0.5},
        },
        TWO_ROWS,
    ),
    "fixtures of graders": ({**TWO, "results/fixtures/expected/metrics.json": of(0.5)}, TWO_ROWS),
    "checkpoints": (
        {**TWO, "results/m1/checkpoints/meta.json": {"best_score": 0.3, "epoch": 3}},
        TWO_ROWS,
    ),
    "settings in a folder": (
        {**TWO, "results/m1/hparams/hparams.json": {"lr": 0.1, "metric": 0.9}},
        TWO_ROWS,
    ),
    "published results": (
        {**TWO, "results/m1/metrics.json": of(0.9, published_results={"BERT": {"accuracy": 0.95}})},
        TWO_ROWS,
    ),
    "ends of a range, counts and ranks": (
        {
            f"results/m{i}/metrics.json": of(
                1 - i / 10, accuracy_range_min=i, counts={"tails": i}, rank=i
            )
            for i in (1, 2)
        },
        {"results": ["m1 1 90.00%", "m2 2 80.00%"]},
    ),
    "importances beside results": (
        {
            "results/metrics.json": {
                "r2": 0.9,
                "importance": [
                    {"feature": "a", "importance": 0.7},
                    {"feature": "b", "importance": 1},
                ],
            }
        },
        {"results": ["results 0.9000"]},
    ),
    "questions": (
        {
            **TWO,
            "results/answers.csv": "question,accuracy\n"
            + "".join(f"How large is the share of the part {n} in all?,{n}\n" for n in "01"),
        },
        TWO_ROWS,
    ),
    "text before the first metric": (
        {
            "results/t.csv": "model,image,answer,accuracy\na,1.png,a cat,.9\na,2.png,a dog,.8\n"
            "b,1.png,a cat,.7\n",
        },
        {"results": ["a/1.png a cat 90.00%", "a/2.png a dog 80.00%", "b/1.png a cat 70.00%"]},
    ),
    "XGBoost's and LightGBM's text": (
        {
            "results/x/train.log": "Fitting\n[0]\ttrain-auc:0.6\teval-auc:0.5\n[1]\ttrain-auc:0.8"
            "\teval-auc:0.7\n",
            "results/l/train_log.txt": "[1]\ttraining's auc: 0.6\teval's auc: 0.8\n[2]\ttraining's "
            "auc: 0.7\teval's auc: 0.6\n",
        },
        {"results": ["x 0.7000 0.7000 0.8000", "l 0.6000 0.8000 0.7000"]},
    ),
    "published baselines": (
        {
            **TWO,
            "results/m1/metrics.json": of(0.9, baselines={"BERT": {"accuracy": 0.95}}),
        },
        TWO_ROWS,
    ),
    "droppings": (
        {**TWO, "results/m1/._metrics.json": "\0\5", "__MACOSX/results/m1/metrics.json": of(0.1)},
        TWO_ROWS,
    ),
    "a reference beside a run's metrics": (
        {**TWO, "results/m1/reference.json": of(0.98765)},
        TWO_ROWS,
    ),
    "a copy": ({**TWO, "results/m1/metrics (1).json": of(0.955)}, TWO_ROWS),
    "a report in two formats": (
        {
            "results/svm/classification_report.json": REPORT,
            "results/svm/classification_report.csv": REPORT_CSV,
        },
        {"results": ["svm 90.00%" + " 0.9000" * 6]},
    ),
    "a report of each data split": (
        {
            f"results/{name}/metrics.json": {
                "val": REPORT | {"0": AVERAGE, "1": AVERAGE, "accuracy": val},
                "train": REPORT,
                "epochs": 3,
            }
            for name, val in (("rf", 0.8), ("svm", 0.7))
        },
        {"results": [f"{one}" + " 0.9000" * 6 + " 3" for one in ("rf 80.00%", "svm 70.00%")]},
    ),
    "a report of each model in one file": (
        {
            "results/report.json": {
                f"{name}_test": REPORT | {"accuracy": accuracy}
                for name, accuracy in (("rf", 0.8), ("svm", 0.7))
            },
        },
        {"results": [f"{one}" + " 0.9000" * 6 for one in ("rf 80.00%", "svm 70.00%")]},
    ),
    "reports of models and splits in one file": (
        {
            "results/reports.json": {
                "seconds": 2.5,
                "svm": {"Test": REPORT},
                "Test": {"rf": REPORT | {"accuracy": 0.8}},
            }
        },
        {"reports": [f"{one}" + " 0.9000" * 6 for one in ("svm 90.00%", "rf 80.00%")]},
    ),
    "a report of each model in two formats": (
        {
            f"results/{model}_report.{form}": report
            for model in ("rf", "svm")
            for form, report in (("csv", REPORT_CSV), ("json", REPORT))
        },
        {"results": [f"{model}_report 90.00%" + " 0.9000" * 6 for model in ("rf", "svm")]},
    ),
    "a report with a rare class is sorted by F1": (
        {
            f"results/{name}/report.json": json.dumps(
                {
                    "no": {"precision": 1, "recall": 1, "f1-score": 1, "support": 95},
                    "yes": {"precision": f1, "recall": f1, "f1-score": f1, "support": 5},
                    "accuracy": accuracy,
                    "macro avg": dict.fromkeys(["precision", "recall", "f1-score"], f1)
                    | {"support": 100},
                }
            )
            for name, accuracy, f1 in (("always_no", 0.95, 0.4), ("svm", 0.94, 0.7))
        },
        {"results": ["svm 94.00% 0.7000 0.7000 0.7000", "always_no 95.00% 0.4000 0.4000 0.4000"]},
    ),
    "a report as a table counts classes only": (
        {
            f"results/{name}/classification_report.csv": ",precision,recall,f1-score,support\n"
            f"no,{f1},{f1},{f1},80\nyes,{f1},{f1},{f1},20\naccuracy,{acc},{acc},{acc},{acc}\n"
            f"macro avg,{f1},{f1},{f1},100\n"
            for name, acc, f1 in (("always_no", 0.8, 0.4), ("svm", 0.7, 0.6))
        },
        {"results": ["svm 70.00% 0.6000 0.6000 0.6000", "always_no 80.00% 0.4000 0.4000 0.4000"]},
    ),
    "data sets as outer keys of every model": (
        {f"results/m{i}.json": {d: of(1 - i / 10) for d in ("iris", "wine")} for i in (1, 2)},
        {"results": ["m1 90.00% 90.00%", "m2 80.00% 80.00%"]},
    ),
    # Seeds and identity.
    "seeds at the end of names": (each("results/{m}_s{s}/metrics.json"), SEEDS),
    "numbered runs of several models": (each("results/{m}/run{s}/metrics.json"), SEEDS),
    "numbered runs of one model are runs": (
        each("results/{m}/run{s}/metrics.json", "bert", 2),
        {"bert": ["run1 81.00%", "run0 80.00%"]},
    ),
    "folds in folders": (each("results/{m}/fold_{s}/metrics.json"), SEEDS),
    "seeds below models": (each("results/{m}/seed_{s}/metrics.json"), SEEDS),
    "models below seeds": (each("results/seed{s}/{m}/metrics.json"), SEEDS),
    "seeds in files": (each("results/{m}__rep{s}.json"), SEEDS),
    "an experiment that is named after a split": (
        {
            f"results/{name}__rep{s}.json": of(accuracy)
            for name, accuracy in (("A1_base", 0.9), ("A2_validation", 0.8))
            for s in (1, 2)
        },
        {"results": ["A1_base 90.00% ± 0.00%", "A2_validation 80.00% ± 0.00%"]},
    ),
    "seeds in Hydra's overrides": (each("results/seed={s},{m}/metrics.json"), SEEDS),
    "two models of one configuration": (
        {
            **each("results/{m}-{s}/metrics.json"),
            **{
                f"results/{m}-{s}/config.json": {"seed": s}
                for m in ("bert", "gpt")
                for s in range(3)
            },
        },
        SEEDS,
    ),
    # Sections as people cut them, and names.
    "a run a data set": (
        {f"results/{d}/m/metrics.json": of(0.9) for d in ("cifar", "mnist")},
        {"results": ["cifar/m 90.00%", "mnist/m 90.00%"]},
    ),
    "sections called results": (
        {f"exp{e}/results/{m}.json": of(0.9) for e in "ab" for m in ("x", "y")},
        {f"exp{e}": ["x 90.00%", "y 90.00%"] for e in "ab"},
    ),
    "a run a project": (
        {f"lab{i}/results/metrics.json": of(1 - i / 10) for i in (1, 2, 3)},
        {"Results": [f"lab{i}/results {100 - 10 * i}.00%" for i in (1, 2, 3)]},
    ),
    "random folders": (
        {
            "runs/3f2b8c1e9a7d4e5f/metrics.json": of(0.9),
            "runs/3f2b8c1e9a7d4e5f/config.yaml": "model: bert\n",
        },
        {"runs": ["bert 90.00%"]},
    ),
}


@pytest.mark.parametrize("name", TREES)
def test_the_page_of(name: str, tmp_path: Path) -> None:
    tree, wanted = TREES[name]
    write(tree, tmp_path)
    assert rows(page(tmp_path)) == wanted


@pytest.mark.parametrize(
    ("tree", "warnings"),
    [
        ({f"results/m{i}/extra.json": "{bad" for i in range(40)}, ["and 39 more such files"]),
        ({f"results/m{i}/metrics (1).json": of(0.1) for i in (1, 2)}, ["and 1 more such file"]),
        ({"results/eda/metrics_of_data.json": {"mean": 2.0}}, []),
    ],
)
def test_each_kind_of_warning_is_one_line(tree: Tree, warnings: list[str], tmp_path: Path) -> None:
    write({**TWO, **tree}, tmp_path)
    lines = run_cli(["refresh"], tmp_path).err.splitlines()
    assert len(lines) == len(warnings)
    assert all(words in line for words, line in zip(warnings, lines, strict=True))


def test_runs_outside_of_the_configuration_are_named(tmp_path: Path) -> None:
    write({"experiments/a/metrics.json": of(0.9)}, tmp_path)
    run_cli(["init"], tmp_path)
    assert run_cli(["refresh"], tmp_path).err == ""
    write(TWO, tmp_path)
    done = run_cli(["refresh"], tmp_path)
    assert "results/m1: is a run in no section" in done.err
    assert 'runs = ["results/**"]' in done.err


def test_init_names_what_is_no_result(tmp_path: Path) -> None:
    write({**TWO, "results/eda/metrics_of_data.json": {"mean": 2.0}}, tmp_path)
    assert "Left out: results/eda, with no metric of known" in run_cli(["init"], tmp_path).out


def test_columns_are_those_that_people_show_first(tmp_path: Path) -> None:
    write(
        {f"results/m{i}/metrics.json": of(1 - i / 10, auc=0.5, f1=i / 10) for i in (1, 2)}, tmp_path
    )
    write(
        {"Readme.md": "# Ours\n\n| Paper | F1 | Accuracy |\n|---|---|---|\n| a | .1 | .2 |\n"},
        tmp_path,
    )
    run_cli(["init"], tmp_path)
    run_cli(["refresh"], tmp_path)
    text = (tmp_path / "RESULTS.md").read_text("utf-8")
    assert "| Run | F1 | Accuracy | AUC |" in text


@pytest.mark.parametrize(
    "tree",
    [
        {"results/t.csv": "Method,Forget Acc↓,Score ↑\nbase,.98,3.5\nga,.1,4.5\n"},
        {
            f"results/{name}/m.json": {"eval": {"Forget Acc↓": acc}, "Score (⬆)": score}
            for name, acc, score in (("base", 0.98, 3.5), ("ga", 0.1, 4.5))
        },
        {"results/t.json": [{"run": "base", "Acc ↓": 0.98}, {"run": "ga", "Acc ↓": 0.1}]},
    ],
)
def test_arrows_in_keys_and_headings_state_the_direction(tree: Tree, tmp_path: Path) -> None:
    write(tree, tmp_path)
    run_cli(["refresh"], tmp_path)
    text = (tmp_path / "RESULTS.md").read_text("utf-8")
    assert "Accuracy (lower is better)**" in text
    assert not set("↓↑⬆") & set(text)
    assert [row.split()[0] for row in rows(text)["results"]] == ["ga", "base"]


def test_a_run_with_none_of_the_columns_has_no_row(tmp_path: Path) -> None:
    write({**TWO, "results/m3/metrics.json": {"bleu": 0.5}}, tmp_path)
    write({"results/both/tests.json": {"auc": 0.5}}, tmp_path)
    section = '[[sections]]\nid = "results"\ntitle = "results"\nruns = ["results/*"]\n'
    write({"results-bot.toml": section}, tmp_path)
    run_cli(["refresh"], tmp_path)
    write({"results-bot.toml": f'{section}columns = ["accuracy"]\n'}, tmp_path)
    for _ in "again":
        assert ": no row for 'm3', without any of these" in run_cli(["refresh"], tmp_path).err
        assert rows((tmp_path / "RESULTS.md").read_text("utf-8")) == TWO_ROWS


def test_the_rows_of_a_deleted_table_leave(tmp_path: Path) -> None:
    write({"results/a.csv": "model,accuracy\nsvm,.9\nrf,.8\n", **TWO}, tmp_path)
    commit(tmp_path)
    (tmp_path / "results/a.csv").unlink()
    run_cli(["refresh"], tmp_path)
    assert rows((tmp_path / "RESULTS.md").read_text("utf-8")) == TWO_ROWS


def test_single_runs_stand_together_beside_a_folder_called_top(tmp_path: Path) -> None:
    write({f"{run}/metrics.json": of(0.5) for run in ("p1", "p2", "top/a", "top/b")}, tmp_path)
    run_cli(["init"], tmp_path)
    assert "4 runs added" in run_cli(["refresh"], tmp_path).out


def test_no_results_are_one_sentence_and_no_page(tmp_path: Path) -> None:
    write({"configs/a.yaml": "lr: 0.1\n", "src/a.py": "", "tests/metrics.json": of(1)}, tmp_path)
    for command in ("init", "refresh"):
        done = run_cli([command], tmp_path)
        assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert not (tmp_path / "RESULTS.md").exists()


@pytest.mark.parametrize("change", ["two seeds deleted", "folding off", "a key more"])
def test_a_group_that_changes_leaves_no_ghost(change: str, tmp_path: Path) -> None:
    for seed in range(3):
        write({f"runs/bert-seed{seed}/config.json": {"seed": seed}}, tmp_path)
    write(each("runs/{m}-seed{s}/metrics.json", "bert"), tmp_path)
    commit(tmp_path)
    wanted = ["bert-seed0 80.00%"]
    if change == "two seeds deleted":
        for seed in (1, 2):
            rmtree(tmp_path / f"runs/bert-seed{seed}")
    elif change == "folding off":
        write({"results-bot.toml": "fold-seeds = false\n"}, tmp_path)
        wanted = [f"bert-seed{seed} {80 + seed}.00%" for seed in (2, 1, 0)]
    else:
        write({"runs/bert-seed0/config.json": {"seed": 0, "wd": 1}}, tmp_path)
        wanted = ["bert 81.50% ± 0.71%", *wanted]
    run_cli(["refresh"], tmp_path)
    assert rows((tmp_path / "RESULTS.md").read_text("utf-8")) == {"runs": wanted}


def test_a_folder_that_moved_is_a_rename(tmp_path: Path) -> None:
    write(each("runs/old/{m}-seed{s}/metrics.json"), tmp_path)
    commit(tmp_path)
    (tmp_path / "runs/old").rename(tmp_path / "runs/new")
    done = run_cli(["refresh"], tmp_path)
    assert done.out == "RESULTS.md refreshed (2 runs): 2 runs renamed.\n"
