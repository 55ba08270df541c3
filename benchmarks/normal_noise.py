"""How far twelve earlier values stay behind the true spread where noise is normal.

`python -m benchmarks.normal_noise` simulates reports of one row and of twelve, of which one row
lost 1 or 2 points of accuracy and F1. Both tests compare the new value with the mean of the same
earlier ones; one knows their spread, the other is Student's, which has to estimate it. Of all
unbiased tests that do not know the spread, Student's finds the most, so nothing comes closer.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy import stats

SPREADS = (46, 44, 28, 37, 66, 78, 113, 83, 86, 77, 57)
"""Standard deviations of accuracy between trainings, from docs/verdicts.md, in 0.01 points."""
CORRELATIONS = (
    (1, 0.97, -0.5, 0.3),
    (0.97, 1, -0.5, 0.3),
    (-0.5, -0.5, 1, -0.4),
    (0.3, 0.3, -0.4, 1),
)
"""Of accuracy, F1, loss and AUROC of one training."""
EARLIER = 12
ALPHA = 0.05


def found(rows: int, drop: float, reports: int, seed: int = 0) -> tuple[float, float]:
    """Return the share of reports that block, with the spread known and with Student's test.

    `drop` is what accuracy and F1 of the first row lose, in points.
    """
    rng = np.random.default_rng(seed)
    values = (
        rng.standard_normal((reports, rows, EARLIER + 1, 4))
        @ np.linalg.cholesky(np.array(CORRELATIONS)).T
    )
    earlier, new = values[:, :, :EARLIER], values[:, :, EARLIER]
    new[:, 0, :2] -= 100 * drop / rng.choice(SPREADS, reports)[:, None]
    step = (new - earlier.mean(2)) / np.sqrt(1 + 1 / EARLIER)
    is_worse = step * (-1, -1, 1, -1) > 0
    p_values = (
        2 * stats.norm.sf(abs(step)),
        2 * stats.t.sf(abs(step) / earlier.std(2, ddof=1), EARLIER - 1),
    )
    shares = []
    for own in p_values:
        adjusted = stats.false_discovery_control(own.reshape(reports, -1), axis=1)
        blocks = (adjusted.reshape(own.shape) <= ALPHA) & is_worse
        of_report = blocks[:, 0] if drop else blocks.reshape(reports, -1)
        shares.append(float(of_report.any(axis=1).mean()))
    return shares[0], shares[1]


def main() -> int:
    """Print both shares for each kind of report."""
    print("| Rows | Points lost | Spread known | Student's test | Behind |")
    print("|--:|--:|--:|--:|--:|")
    for rows, reports in ((1, 100_000), (12, 20_000)):
        for drop in (0.0, 1.0, 2.0):
            known, student = (100 * one for one in found(rows, drop, reports))
            print(
                f"| {rows} | {drop:g} | {known:.1f} % | {student:.1f} % | {known - student:.1f} |"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
