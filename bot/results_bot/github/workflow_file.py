"""The jobs that should have left metrics: those that the results job of their workflow waits for.

GitHub's API knows neither `needs` nor which job of the file a job of a run is. So the workflow's
file is read, and jobs are found by the names that GitHub derives from it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, field

from results_bot.collect.file import UnreadableError
from results_bot.collect.readers import yaml_metrics
from results_bot.escape import printable
from results_bot.github.uploads import Placing
from results_bot.model import Problem

if TYPE_CHECKING:
    from github.WorkflowJob import WorkflowJob

_LARGEST = 1_000_000
"""Characters of a workflow's file."""
_USES = re.compile(r"\bresults-bot\b|/\.github/workflows/results\.yml@")
_RUNS = re.compile(r"\bresults[-_]bot ci\b")
_EXPRESSION = re.compile(r"\$\{\{\s*(?:matrix\.([\w-]+)|.*?)\s*\}\}", re.DOTALL)
_WORDS = re.compile(r"[^\W_]+(?:\.[^\W_]+)*")
_QUIET = ("success", "skipped")
"""A job is skipped where one that it waits for failed; that one is named."""


class _Step(Struct):
    uses: str = ""
    run: str = ""
    inputs: dict[str, Any] = field(name="with", default_factory=dict)


class _Job(Struct):
    """A job as the workflow's file describes it."""

    name: Any = ""
    needs: str | list[str] = ""
    uses: str = ""
    inputs: dict[str, Any] = field(name="with", default_factory=dict)
    steps: list[_Step] = []
    strategy: Any = None

    @property
    def awaited(self) -> list[str]:
        return [self.needs] if isinstance(self.needs, str) else self.needs

    @property
    def matrix(self) -> Any:
        return self.strategy.get("matrix") if isinstance(self.strategy, dict) else None


class TrainingJob(Struct, frozen=True):
    """A job of a run that the results job waits for, directly or not."""

    id: str
    """In the workflow's file; all jobs of one matrix have the same."""
    job: WorkflowJob
    values: frozenset[str] = frozenset()
    """Words of its name that come from its matrix."""


def find(
    workflow: str | None, inputs: Mapping[str, str], jobs: Sequence[WorkflowJob]
) -> list[TrainingJob]:
    """Return which of a run's jobs the results job waits for, by the text of the workflow's file.

    `inputs` identify our job among other jobs with results-bot. Empty where the file names none.
    """
    if workflow is None or len(workflow) > _LARGEST:
        return []
    try:
        document = yaml_metrics.load(workflow)
        found = document.get("jobs") if isinstance(document, dict) else None
        described = msgspec.convert(found, dict[str, _Job])
    except (UnreadableError, msgspec.ValidationError):
        return []
    awaited = _awaited(described, inputs)
    names = {id_: _name(id_, one) for id_, one in described.items()}
    # A name without gaps is more certain than one with, and a long one more than a short one.
    order = sorted(described, key=lambda id_: (".*" in names[id_], -len(names[id_])))
    trainings: list[TrainingJob] = []
    for job in jobs:
        id_ = next((id_ for id_ in order if re.fullmatch(names[id_], job.name)), "")
        if id_ in awaited:
            own = described[id_]
            literal = _EXPRESSION.sub(" ", str(own.name or id_))
            values = _words(job.name) - _words(literal) if own.matrix else frozenset[str]()
            trainings.append(TrainingJob(id_, job, values))
    return trainings


def absent(
    trainings: Sequence[TrainingJob],
    artifacts: Collection[str],
    pattern: str,
    expected: Sequence[str],
) -> list[Problem]:
    """Name the jobs and artifacts that left no metrics, so that no green check hides them.

    A training that did not succeed is one, and so is a name in `expected` that none of the
    `artifacts`, the ones that can be used, has. Where no names are expected, some artifact must fit
    the pattern; and where artifacts bear the values of their matrix in their names, each of the
    matrix' jobs must have one.
    """
    found = [
        _problem(one, f"ended with {printable(one.job.conclusion)}")
        if one.job.conclusion
        else _problem(one, f"has not finished ({printable(one.job.status)})")
        for one in trainings
        if one.job.conclusion not in _QUIET
    ]
    matrices: dict[str, list[TrainingJob]] = defaultdict(list)
    for one in trainings:
        if one.values and one.job.conclusion == "success" and not expected:
            matrices[one.id].append(one)
    uploaded = [_words(name) for name in artifacts]
    for matrix in matrices.values():
        without = [one for one in matrix if not any(one.values <= words for words in uploaded)]
        # Where no job's values are in any name, the artifacts are named by something else.
        if len(without) < len(matrix):
            found += [_problem(one, "succeeded, but no artifact bears its name") for one in without]
    names = expected or ([pattern] if pattern else [])
    return found + [
        Problem(f"artifact {printable(name)}", "was not uploaded", "artifact")
        for name in names
        if not any(Placing(name).matches(one) for one in artifacts)
    ]


def _awaited(jobs: Mapping[str, _Job], inputs: Mapping[str, str]) -> set[str]:
    """Return the ids of all jobs that our job waits for, directly or not."""
    ours: dict[str, Mapping[str, Any]] = {}
    for id_, one in jobs.items():
        steps = [step for step in one.steps if _USES.search(step.uses) or _RUNS.search(step.run)]
        if steps or _USES.search(one.uses):
            ours[id_] = steps[0].inputs if steps else one.inputs
    same = [
        id_
        for id_, given in ours.items()
        if all(str(given.get(name, "")) == value for name, value in inputs.items())
    ]
    awaited: set[str] = set()
    waiting = [name for id_ in same or ours for name in jobs[id_].awaited]
    while waiting:
        name = waiting.pop()
        if name in jobs and name not in awaited:
            awaited.add(name)
            waiting += jobs[name].awaited
    return awaited


def _name(id_: str, job: _Job) -> str:
    """Return a regular expression for the names that a job has in the API."""
    title, pattern, at = str(job.name or id_), "", 0
    for gap in _EXPRESSION.finditer(title):
        pattern += re.escape(title[at : gap.start()]) + _values(job, gap[1])
        at = gap.end()
    pattern += re.escape(title[at:])
    if job.matrix and not at:
        pattern += r"(?: \(.*\))?"
    # The jobs of a reusable workflow have the name of the calling job in front.
    return pattern + (r"(?: / .*)?" if job.uses else "")


def _values(job: _Job, key: str | None) -> str:
    """Return a regular expression for the values of a matrix' key; for any text without a key."""
    matrix = job.matrix if isinstance(job.matrix, dict) else {}
    listed, rows = matrix.get(key), matrix.get("include")
    values = [
        *(listed if isinstance(listed, list) else []),
        *(row[key] for row in (rows if isinstance(rows, list) else []) if key in row),
    ]
    plain = [re.escape(str(one)) for one in values if isinstance(one, str | int | float)]
    return f"(?:{'|'.join(plain)})" if plain and len(plain) == len(values) else ".*"


def _problem(one: TrainingJob, reason: str) -> Problem:
    return Problem(f"job {printable(one.job.name)}", reason, "job")


def _words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORDS.findall(text))
