"""Jobs that should have left metrics and did not: named, so that a green page is no accident.

GitHub does not say which job uploaded which artifact. What can be told: a job that did not
succeed; an artifact that was promised by name; and, where a matrix' artifacts bear its values in
their names, the values that have none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

import msgspec

from results_bot.github.placing import Placing
from results_bot.github.runs import Job
from results_bot.hostile import printable

MATRIX = "*(*)"
"""How GitHub names the jobs of a matrix: `train (small, 1)`."""

_VALUES = re.compile(r"(.*?) ?\((.*)\)", re.DOTALL)
_WORDS = re.compile(r"[^\W_]+(?:\.[^\W_]+)*")
_QUIET = ("success", "skipped")


class Absent(msgspec.Struct, frozen=True):
    """Something that should be there; made safe to print."""

    name: str
    """`job train (small)` or `artifact metrics-small`."""
    reason: str
    url: str = ""


def absent(
    jobs: Sequence[Job],
    artifacts: Collection[str],
    expected: Sequence[str] = (),
    which: str = MATRIX,
) -> list[Absent]:
    """Return what is missing: from the jobs whose names fit `which`, and of the expected names.

    `artifacts` are those that could be used; `expected` are names or patterns.
    """
    chosen = [job for job in jobs if Placing(which).matches(job.name)]
    found = [_unsuccessful(job) for job in chosen if job.conclusion not in _QUIET]
    found += _without_artifact([job for job in chosen if job.conclusion == "success"], artifacts)
    for name in expected:
        if not any(Placing(name).matches(one) for one in artifacts):
            found.append(Absent(f"artifact {printable(name)}", "was not uploaded"))
    return found


def _unsuccessful(job: Job) -> Absent:
    if job.conclusion is None:
        reason = f"has not finished ({printable(job.status)})"
    else:
        reason = f"ended with {printable(job.conclusion)}"
    return Absent(f"job {printable(job.name)}", reason, job.url)


def _without_artifact(jobs: Sequence[Job], artifacts: Collection[str]) -> Iterator[Absent]:
    matrices: dict[str, list[tuple[Job, frozenset[str]]]] = defaultdict(list)
    for job in jobs:
        if parts := _VALUES.fullmatch(job.name):
            matrices[parts[1]].append((job, _words(parts[2])))
    uploaded = [_words(name) for name in artifacts]
    for matrix in matrices.values():
        lacking = [job for job, values in matrix if not any(values <= one for one in uploaded)]
        # Where no job's values are in any name, the artifacts are simply called otherwise.
        if len(lacking) < len(matrix):
            for job in lacking:
                reason = "succeeded, but no artifact bears its name"
                yield Absent(f"job {printable(job.name)}", reason, job.url)


def _words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORDS.findall(text))
