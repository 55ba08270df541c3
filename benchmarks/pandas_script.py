"""What a user without results-bot would write: one table of all metrics files, as Markdown.

`python -m benchmarks.pandas_script ROOT`
"""

from __future__ import annotations

import glob
import json
import sys
from pathlib import Path

import pandas as pd


def table(root: Path) -> str:
    """Return the page."""
    paths = sorted(glob.glob("experiments/*/*/metrics.json", root_dir=root))  # noqa: PTH207
    records = [json.loads((root / path).read_text("utf-8")) for path in paths]
    frame = pd.json_normalize(records)
    frame.insert(0, "run", [Path(path).parent.name for path in paths])
    frame = frame.sort_values("test_metrics.kl_divergence")
    return str(frame.to_markdown(index=False))


if __name__ == "__main__":
    root = Path(sys.argv[1])
    (root / ".git" / "pandas_script.md").write_text(table(root) + "\n", "utf-8")
