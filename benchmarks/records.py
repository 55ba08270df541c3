"""What was measured, written as training jobs write: for the project's own results page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path


def write_records(folder: Path, name: str, found: Sequence[Mapping[str, float]]) -> None:
    """Write a run for each replicate, as a training job does for each seed."""
    for path in folder.glob(f"{name}_seed_*/metrics.json"):
        path.unlink()
        path.parent.rmdir()
    for turn, record in enumerate(found, start=1):
        path = folder / f"{name}_seed_{turn}" / "metrics.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        rounded = {key: float(f"{value:.4g}") for key, value in record.items()}
        path.write_text(json.dumps(rounded, indent=2) + "\n", "utf-8")
