"""The example's page as its team would keep it by hand, before results-bot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from results_bot.demo.figures import FINISHED, Figures

_HEADER = "| Experiment | Best Val Loss | Test KL | Test Top-1 | Test Top-3 | Epochs |"


def hand_page() -> str:
    """Return a page with three tables and the team's own words round them."""
    return f"""\
# Results Summary

Generated: **2026-01-20 14:03**

What we measured so far, kept by hand. Ask before you sort it another way!

## Overnight regularization runs (`experiments/overnight_runs/`)

Sorted by **Test KL divergence (lower is better)**.

{_table("overnight_runs/", lambda figures: figures.test_kl)}

The story is in `experiments/overnight_runs/NOTES.md`.

## Sweeps (`experiments/runs/sweep_*`)

### sweep:sweep_1768899422

{_table("runs/sweep_1768899422/", lambda figures: figures.best_val_loss)}

## Other training runs (`experiments/runs/*`)

Old ones are kept for the record.

{_table("runs/", lambda figures: figures.best_val_loss, no="/sweep_")}

## What we think

- Top-1 stays at 34.84%. Regularization seems to change confidence more than choice.
"""


def _table(folder: str, key: Callable[[Figures], float], no: str = "\0") -> str:
    rows = [f for f in FINISHED if f.folder.startswith(folder) and no not in f.folder]
    return "\n".join([_HEADER, "|---" * 6 + "|", *_rows(sorted(rows, key=key))])


def _rows(rows: Sequence[Figures]) -> list[str]:
    return [
        f"| {f.name} | {f.best_val_loss:.4f} | {f.test_kl:.4f} | {f.right / f.samples:.2%} "
        f"| {f.near / f.samples:.2%} | {f.epochs} |"
        for f in rows
    ]
