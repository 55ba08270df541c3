"""The vocabulary of the project as frozen values, one class for each word of the design.

Imports nothing of the project, so that every stage can use it. The values that exist
once a run are msgspec structures, which are smaller than data classes and faster to create.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from math import isnan
from typing import Literal

import msgspec

Scalar = str | int | float | bool | None


class Direction(StrEnum):
    """Which way a metric gets better."""

    LOWER = "lower"
    HIGHER = "higher"
    UNKNOWN = "unknown"
    """Shown, never judged."""


class Status(StrEnum):
    """How a run ended, as far as its artifacts show."""

    FINISHED = "finished"
    UNFINISHED = "unfinished"
    FAILED = "failed"
    PRUNED = "pruned"
    DELETED = "deleted"


class Kind(StrEnum):
    """Where in a training job a number was taken; of two, the earlier listed one is believed."""

    FINAL = "final"
    """Written once, as the job's result."""
    BEST = "best"
    """The best of a per-step log."""
    LAST = "last"
    """The last of a per-step log."""


class Severity(StrEnum):
    """GitHub's annotation levels. A `failure` waits for a reviewer's approval."""

    FAILURE = "failure"
    WARNING = "warning"
    NOTICE = "notice"


class Tolerance(msgspec.Struct, frozen=True):
    """How much worse a value may get before it counts; both floors must be exceeded."""

    relative: float = 0.0
    absolute: float = 0.0
    is_default: bool = False
    """The owner set none: it applies only to values that no test of noise is possible for."""

    def exceeded(self, before: float, after: float) -> bool:
        """Return True if the two values differ by more than both floors."""
        difference = abs(after - before)
        return difference > self.absolute and difference > self.relative * abs(before)

    def where_tested(self) -> Tolerance:
        """Return the tolerance of a value that a statistical test judged."""
        return Tolerance() if self.is_default else self


SETTING_PREFIX = "params."
"""Prefix of the keys of columns that show a setting, not a metric."""


_WAY = re.compile(
    r"(?i)\s*(?:[\u2190-\u21ff\u2b00-\u2bff]\ufe0f?|"
    r"\((?:[\u2190-\u21ff\u2b00-\u2bff]\ufe0f?|(?:higher|lower) is better)\))\s*$"
)
"""The direction at the end of a title: `↑`, `(⬆)` or `(higher is better)`."""


class Metric(msgspec.Struct, frozen=True):
    """A named number: how it is found, shown and judged."""

    key: str
    title: str
    direction: Direction = Direction.UNKNOWN
    format: str = ".4f"
    long_title: str = ""
    sources: tuple[str, ...] = ()
    tolerance: Tolerance = Tolerance()
    configured: bool = False
    """The owner set its direction or its tolerance: it is judged, even if it is a count."""
    tolerated: bool = False
    """The owner set its tolerance: it can block, even if it is a training metric or a cost."""

    @property
    def spoken(self) -> str:
        """The title for sentences, where there is room, and the direction is in words."""
        return self.long_title or _WAY.sub("", self.title) or self.title

    @property
    def is_setting(self) -> bool:
        """Return True if the column shows a setting of the run: never sorted by, never judged."""
        return self.key.startswith(SETTING_PREFIX)

    def better(self, step: float | None) -> bool | None:
        """Return whether a value that moved by `step` got better; None where that is unknown."""
        if not step or isnan(step) or self.direction is Direction.UNKNOWN:
            return None
        return (step > 0) == (self.direction is Direction.HIGHER)


class Reading(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One number read from one artifact."""

    name: str
    """Canonical metric name, such as `test_loss`."""
    value: float
    file: str
    kind: Kind = Kind.FINAL
    step: int | None = None
    direction: Direction = Direction.UNKNOWN
    """Where the artifact itself states it, as an Optuna study does."""
    std: float | None = None
    """Over the seeds, where the value is their mean."""
    test: Mapping[str, float] = {}
    """How the test was taken, such as its version: values of different tests do not compare."""


class Run(msgspec.Struct, frozen=True, gc=False):
    """One experiment's final metrics with where they came from."""

    path: str
    """The run's folder (or file) below the repository, with `/`."""
    name: str
    readings: Mapping[str, Reading] = {}
    params: Mapping[str, Scalar] = {}
    files: tuple[str, ...] = ()
    predictions: tuple[str, ...] = ()
    """Files with one line a sample: predicted and target."""
    status: Status = Status.FINISHED

    @property
    def finished(self) -> bool:
        """Return True if the run left final metrics."""
        return self.status is Status.FINISHED

    def reading(self, sources: Sequence[str]) -> Reading | None:
        """Return the first of a metric's sources that the run has."""
        return next((self.readings[one] for one in sources if one in self.readings), None)


class Problem(msgspec.Struct, frozen=True):
    """An artifact, or a part of one, that could not be used; the rest went on."""

    file: str
    reason: str
    kind: Literal["file", "job", "artifact"] = "file"
    """A file that could not be read, a job without results, or an upload that is missing."""


class Collection(msgspec.Struct, frozen=True):
    """What `collect` found: runs in the order of their paths, and what it could not use."""

    runs: tuple[Run, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Unreadable files; they make the exit code 4."""
    remarks: tuple[Problem, ...] = ()
    """Readable, but worth a word: two files of a run that disagree, for example."""
    titles: Mapping[str, str] = {}
    """What people call the folders that hold runs, where the artifacts say it: an experiment."""
    left_out: tuple[str, ...] = ()
    """Folders and files with numbers that are no results, such as the statistics of data."""
    without_metrics: tuple[str, ...] = ()
    """Files that were read and hold no metric: settings, or results that were overwritten. Rows of
    a table that hold none, by the paths of their runs."""

    @property
    def unread(self) -> set[str]:
        """The files that could not be read, as they are shown."""
        return {one.file for one in self.problems}


class Value(msgspec.Struct, frozen=True, gc=False):
    """One cell: what the page shows and the number behind it."""

    text: str
    number: float | None = None
    """None where the cell holds no number."""
    std: float | None = None
    n: int | None = None
    """Number of replicates folded into this value."""
    exact: bool = False
    """The number is an artifact's own; otherwise it is the page's, rounded."""


class Row(msgspec.Struct, frozen=True, gc=False):
    """One run in a table."""

    run: str
    values: Mapping[str, Value] = {}
    """By metric key."""
    path: str | None = None
    """The folder of the artifacts; None where only the page remembers the run."""
    replicates: tuple[Row, ...] = ()
    """The runs of the single seeds, where this row is their mean."""

    @property
    def seeds(self) -> tuple[str, ...]:
        """The names of the runs of the single seeds."""
        return tuple(one.run for one in self.replicates)

    def number(self, key: str) -> float | None:
        """Return the number in a cell; None where there is no cell, or one without a number."""
        return self.values[key].number if key in self.values else None


class ChangeKind(StrEnum):
    """The ways in which two summaries differ."""

    RUN_ADDED = "run-added"
    RUN_REMOVED = "run-removed"
    RUN_RENAMED = "run-renamed"
    """Gone under one name and here under another, or in another section, with the same values."""
    SEED_LEFT = "seed-left"
    """The run is one of the seeds of a row, and the others are gone."""
    SEEDS_CHANGED = "seeds-changed"
    """The row is the mean of more or fewer seeds than before."""
    RUN_UNFINISHED = "run-unfinished"
    """The run had final metrics, or was not there, and now is unfinished."""
    VALUE_CHANGED = "value-changed"
    VALUE_ADDED = "value-added"
    METRIC_LOST = "metric-lost"
    SECTION_ADDED = "section-added"
    SECTION_REMOVED = "section-removed"


class Change(msgspec.Struct, frozen=True):
    """One difference between two summaries."""

    kind: ChangeKind
    section: str
    run: str = ""
    """Empty for a change of the whole section."""
    metric: Metric | None = None
    before: Value | None = None
    after: Value | None = None
    was: tuple[str, str] | None = None
    """Section and name of a renamed run before."""
    of_finite_seeds: bool = False
    """Both values are of the finite seeds only: on one side the page's own mean is not finite."""

    @property
    def place(self) -> tuple[str, str]:
        """Section and run."""
        return self.section, self.run

    @property
    def cell(self) -> tuple[str, str, str]:
        """Section, run and key of the metric."""
        return self.section, self.run, self.metric.key if self.metric else ""

    @property
    def numbers(self) -> tuple[float, float] | None:
        """The numbers before and after; None where either side has none."""
        if self.before is None or self.after is None:
            return None
        before, after = self.before.number, self.after.number
        return None if before is None or after is None else (before, after)

    @property
    def difference(self) -> float | None:
        """After minus before, where both are numbers."""
        return self.numbers[1] - self.numbers[0] if self.numbers else None

    @property
    def better(self) -> bool | None:
        """True or False by the metric's direction; None where that is unknown."""
        return self.metric.better(self.difference) if self.metric else None


class EvidenceKind(StrEnum):
    """What separates a change from noise, strongest first."""

    PAIRED = "paired samples"
    SEEDS = "replicate seeds"
    HISTORY = "earlier values"
    """Of the same row, on the base branch."""
    COUNTS = "sample count"
    SIBLINGS = "sibling rows"
    """The seeds of other rows of the section."""
    TOLERANCE = "tolerance alone"


class Evidence(msgspec.Struct, frozen=True):
    """Why a change is taken for real or for noise."""

    kind: EvidenceKind
    test: str
    """Name of the statistical test, such as `McNemar, mid-p`."""
    p_value: float | None = None
    adjusted_p: float | None = None
    """After Benjamini-Hochberg over all comparisons of one report, where there are several."""
    interval: tuple[float, float] | None = None
    """95 % interval of after minus before."""
    n: int | None = None
    """Samples, pairs, replicates or earlier values the test used."""
    sides: tuple[int, int] | None = None
    """`n` before and after, where both sides have samples or replicates of their own."""
    spread: float | None = None
    """Standard deviation from training to training, where the test uses one."""
    unit: str = ""
    """What `n` counts, where it is not what the kind of evidence usually does: folds."""

    @property
    def decisive_p(self) -> float | None:
        """The p-value that decides: the adjusted one, where there is one."""
        return self.p_value if self.adjusted_p is None else self.adjusted_p


class Finding(msgspec.Struct, frozen=True):
    """A judged change."""

    id: str
    """The rule's id."""
    severity: Severity
    section: str
    message: str
    """One sentence with the numbers."""
    run: str | None = None
    metric: str | None = None
    """Key of the metric."""
    before: str | None = None
    after: str | None = None
    """As the page shows them: what an approval is bound to."""
    evidence: Evidence | None = None
    tip: str = ""
    runs: tuple[str, ...] = ()
    """All runs it is about, where it is about several."""
    bound: tuple[str, str] = ("", "")
    """The exact values before and after that decide it, or that it takes out of judgement: what an
    approval is bound to, beside `before` and `after`."""
    known: bool = False
    """It was so before this change, and nothing that it is about was touched."""


NOISE_UNKNOWN = "noise unknown"
"""Why a value is neither better nor worse of which nothing but both numbers is known."""


class Verdict(msgspec.Struct, frozen=True):
    """All findings of one comparison and what follows from them."""

    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    compared: int = 0
    """Number of values that were there on both sides."""
    unflagged: Mapping[tuple[str, str, str], str] = {}
    """Why a changed value is neither better nor worse, by section, run and metric."""

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """Findings that wait for an approval."""
        return tuple(
            finding
            for finding in self.findings
            if finding.severity is Severity.FAILURE and not finding.known
        )
