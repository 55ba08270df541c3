"""The script one would write without results-bot: all metrics files as one Markdown table.

`python -m benchmarks.pandas_script ROOT [--logs]`
"""

from __future__ import annotations

import glob
import json
import sys
from pathlib import Path

import pandas as pd


def table(root: Path, *, logs: bool = False) -> str:
    """Return the table; with `logs` it has the best and the last value of every log column too."""
    paths = sorted(glob.glob("experiments/*/*/metrics.json", root_dir=root))  # noqa: PTH207
    records = [json.loads((root / path).read_text("utf-8")) for path in paths]
    frame = pd.json_normalize(records)
    frame.insert(0, "run", [Path(path).parent.name for path in paths])
    if logs:
        frame = pd.concat([frame, pd.DataFrame([_of_log(root / path) for path in paths])], axis=1)
    frame = frame.sort_values("test_metrics.kl_divergence")
    return str(frame.to_markdown(index=False))


def _of_log(metrics: Path) -> pd.Series[float]:
    settings = json.loads((metrics.parent / "config.json").read_text("utf-8"))
    log = pd.read_csv(metrics.parent / "log.csv")
    best = log.drop(columns="step").min().add_prefix("best_")
    last = log.iloc[-1].add_prefix("last_")
    return pd.concat([pd.Series({"lr": settings["lr"]}), best, last])


if __name__ == "__main__":
    root = Path(sys.argv[1])
    text = table(root, logs="--logs" in sys.argv)
    (root / ".git" / "pandas_script.md").write_text(text + "\n", "utf-8")
