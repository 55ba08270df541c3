"""Prediction files as they are read: what a class is, and how much memory they take."""

from __future__ import annotations

import subprocess
import sys
from math import nan

import pytest
from results_bot.collect.samples import read_samples


def test_class_called_none_is_a_class() -> None:
    found = read_samples(b"id,pred,target,loss\n1,None,None,0.5\n2,NA,None,\n3,,a,0.1\n")
    assert found is not None
    assert found.target.tolist() == ["None", "None", "a"]
    assert found.right.tolist() == [True, False, False]
    assert found.values["loss"].tolist() == pytest.approx([0.5, nan, 0.1], nan_ok=True)


MEMORY = """
import resource
from results_bot.collect.samples import read_once, read_samples
from tests.judge.build import case, material

lines = [f"sample_{i:06d},{i % 7},{i % 10},{i * 37 % 1000 / 1000:.4f}" for i in range(100_000)]
data = "\\n".join(["id,predicted_class,target_class,loss", *lines]).encode()
share = float(read_samples(data).right.mean())
names = [f"r{i}" for i in range(16)]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def side(better):
    made = material({"main": {name: {"test_accuracy": share + better} for name in names}},
                    samples=dict.fromkeys(names, True))
    return made.with_runs(made.runs, read_once(lambda run: read_samples(data)))

sides = side(0.0), side(0.1)
assert len(case(*sides).comparisons) == len(names)
found = (one.samples_of(run) for one in sides for _, run in one.runs.items())
assert all(len(one) == 100_000 for one in found)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other units, or none")
def test_sixteen_pairs_of_large_files_fit_in_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEMORY], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 200, "megabytes"
