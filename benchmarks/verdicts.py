"""Verdicts against a known truth: false alarms where nothing changed, power where something did.

Draws reports of many runs and metrics, gives them to our evidence and to other rules, and counts.
Run from the repository: `python -m benchmarks.verdicts --help`. What is drawn and who is asked
stands in `benchmarks/simulation/`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

# Two processes share the work; threads of their own would only get in each other's way.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.simulation.aims import aims, met
from benchmarks.simulation.figures import figures, splice, write_records
from benchmarks.simulation.play import Results, simulate
from benchmarks.simulation.plot import plot


def as_json(results: Results) -> str:
    """Return every count."""
    rows = [
        {**asdict(task.case), "rule": name, **tally._asdict()}
        for task, tallies in sorted(results.items(), key=repr)
        for name, tally in tallies.items()
    ]
    return json.dumps(rows, indent=1) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, print the figures, write what was asked for; 1 where an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.verdicts")
    parser.add_argument("--quick", action="store_true", help="a twentieth of the replays")
    parser.add_argument("--out", type=Path, help="write every count as JSON")
    parser.add_argument("--results", type=Path, help="write metrics.json of each kind of data")
    parser.add_argument("--plot", type=Path, help="write the plot as SVG")
    parser.add_argument("--docs", type=Path, help="put the figures into this page")
    options = parser.parse_args(arguments)
    results = simulate(options.quick)
    print(figures(results))
    if options.out:
        options.out.write_text(as_json(results), "utf-8")
    if options.results:
        write_records(options.results, results)
    if options.plot:
        options.plot.write_text(plot(results), "utf-8")
    if options.docs:
        splice(options.docs, figures(results))
    return 0 if met(aims(results)) else 1


if __name__ == "__main__":
    sys.exit(main())
