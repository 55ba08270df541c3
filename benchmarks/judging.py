"""What judging costs: two pages of 10,000 rows, and 16 pairs of 100,000 predicted samples.

`python -m benchmarks.judging [--rows 10000] [--samples 100000] [--runs 3] [--results DIR]`
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.records import write_records
from benchmarks.refresh import PROJECT, bot_command, results_bot
from benchmarks.timing import Command, Timed, measure, ratio, ratios
from benchmarks.trees import build, commit

PAIRS = 16
TABLE, MARKDOWN, SAMPLES = "diff of two pages", "floor: Markdown parser", "diff of samples"
MOST_TIMES, MOST_MB = 10.0, 200.0


def main(arguments: Sequence[str]) -> int:
    """Measure, print, write."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="results-bot-bench-") as folder:
        pages = two_pages(Path(folder) / "pages", options.rows, options.runs)
        samples = sampled(Path(folder) / "samples", options.samples)
    times, peak = ratio(pages[TABLE], pages[MARKDOWN]), samples.peak / 1e6
    print(f"\n{options.rows:,} rows: diff and verdict take {times:.2f} times the Markdown parser's")
    print(f"time (aim {MOST_TIMES:.0f}). {PAIRS} pairs of {options.samples:,} samples:", end=" ")
    print(f"{samples.median:.1f} s, at most {peak:.0f} MB (aim {MOST_MB:.0f})", flush=True)
    if options.results:
        found = [
            {"diff_to_markdown": one, "samples_peak_mb": peak}
            for one in ratios(pages[TABLE], pages[MARKDOWN])
        ]
        write_records(Path(options.results), f"rows_{options.rows:06}", found)
    return 0


def two_pages(folder: Path, rows: int, runs: int) -> dict[str, Timed]:
    """Time `diff` between two commits that differ in a tenth of the rows, and the floor."""
    tree = build(folder / "tree", rows)
    results_bot(tree, "refresh")
    commit(tree.root)
    (folder / "before.md").write_bytes((tree.root / "RESULTS.md").read_bytes())
    rng = random.Random(1)  # noqa: S311 - figures to measure on, no secret
    for path in tree.files[::10]:
        text = (tree.root / path).read_text("utf-8")
        changed = text.replace('"kl_divergence": 0.', f'"kl_divergence": 0.{rng.randrange(10)}')
        (tree.root / path).write_text(changed, "utf-8")
    results_bot(tree, "refresh")
    commit(tree.root)
    (folder / "after.md").write_bytes((tree.root / "RESULTS.md").read_bytes())
    floor = [sys.executable, "-m", "benchmarks.floor", "markdown", str(folder)]
    return measure(
        [Command(MARKDOWN, floor, PROJECT), bot_command(tree, TABLE, "diff", "HEAD~1", "HEAD")],
        runs,
    )


def sampled(root: Path, samples: int) -> Timed:
    """Time `diff` where the evidence is every sample of every run, before and after."""
    tree = build(root, PAIRS)
    for turn, right in enumerate((0.70, 0.72)):
        for seed, path in enumerate(tree.files):
            predictions(tree.root / path, samples, right, seed + turn * PAIRS)
        results_bot(tree, "refresh")
        commit(tree.root)
    return measure([bot_command(tree, SAMPLES, "diff", "HEAD~1", "HEAD")], runs=1, warm_up=0)[
        SAMPLES
    ]


def predictions(metrics: Path, samples: int, right: float, seed: int) -> None:
    """Write a run's predictions beside its metrics, which are what the predictions say."""
    rng = random.Random(seed)  # noqa: S311
    hits = [rng.random() < right for _ in range(samples)]
    lines = (f"{n},{n % 7},{n % 7 if hit else (n + 1) % 7}\n" for n, hit in enumerate(hits))
    (metrics.parent / "predictions.csv").write_text(
        "sample_id,target,prediction\n" + "".join(lines), "utf-8"
    )
    accuracy = sum(hits) / samples
    metrics.write_text(
        f'{{"test_top1_accuracy": {accuracy}, "test_num_samples": {samples}}}\n', "utf-8"
    )


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("benchmarks.judging", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000, help="rows of the two pages")
    parser.add_argument("--samples", type=int, default=100_000, help="samples of each run")
    parser.add_argument("--runs", type=int, default=3, help="timed runs of each command")
    parser.add_argument("--results", help="write a metrics file for each turn into this folder")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
