"""Small trees as people leave them, and the page that a careful owner would want."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.collect.readers.test_pages import page

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


SEEDS = {"results": ["gpt 91.00% ± 1.00% (n = 3)", "bert 81.00% ± 1.00% (n = 3)"]}
TWO = {"results/m1/metrics.json": of(0.9), "results/m2/metrics.json": of(0.8)}
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
    "splits as outer keys": (
        {f"results/m{i}/metrics.json": {"train": of(0.95), "test": of(0.9)} for i in (1, 2)},
        {"results": ["m1 90.00% 95.00%", "m2 90.00% 95.00%"]},
    ),
    "a list of entries": (
        {"results/leaderboard.json": [{"model": "a", **of(0.9)}, {"model": "b", **of(0.8)}]},
        {"results": ["a 90.00%", "b 80.00%"]},
    ),
    "a list of one": (
        {f"results/m{i}/metrics.json": [of(1 - i / 10)] for i in (1, 2)},
        {"results": ["m1 90.00%", "m2 80.00%"]},
    ),
    "rows by identifier and seed": (
        {"results/all.tsv": "id\tseed\taccuracy\nm1\t0\t0.9\nm1\t1\t0.8\nm2\t0\t0.7\nm2\t1\t0.6\n"},
        {"results": ["m1 85.00% ± 7.07% (n = 2)", "m2 65.00% ± 7.07% (n = 2)"]},
    ),
    "rows by model and data set": (
        {"results/all.csv": "model,dataset,accuracy\nsvm,iris,.9\nsvm,wine,.8\nrf,iris,.7\n"},
        {"results": ["svm/iris 90.00%", "svm/wine 80.00%", "rf/iris 70.00%"]},
    ),
    "a long table": (
        {"results/m1/log.csv": "step,metric,value\n1,loss,.5\n1,acc,.8\n2,loss,.4\n2,acc,.9\n"},
        {"results": ["m1 0.4000 0.4000 90.00% 90.00%"]},
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
        {"results": ["a 88.40% ± 4.83% (n = 5)", "b 83.40% ± 6.58% (n = 5)"]},
    ),
    "a nested history": (
        {"results/xgb/evals.json": {"train": {"auc": [0.6, 0.8]}, "val": {"auc": [0.6, 0.7]}}},
        {"results": ["xgb 0.7000 0.7000 0.8000"]},
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
