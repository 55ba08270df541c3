"""Whole processes timed from outside, the compared ones in turn, so that drift hits both alike."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path
from statistics import median

_OURS = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Whoever installs a package has its bytecode; a work tree without would be compiled each time."""


@dataclass(frozen=True, slots=True)
class Command:
    """A process to time."""

    name: str
    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[int], None] = lambda _: None
    """Called before every run with its number; not timed."""
    codes: frozenset[int] = frozenset({0})
    """Exit codes that mean the work was done."""


@dataclass(frozen=True, slots=True)
class Timed:
    """What was measured of one command; seconds and bytes."""

    name: str
    seconds: tuple[float, ...]
    peak: int

    @property
    def median(self) -> float:
        """The middle of all runs."""
        return median(self.seconds)


def measure(
    commands: Sequence[Command], runs: int, warm_up: int = 1, at_least: float = 0.0
) -> dict[str, Timed]:
    """Time every command `runs` times after `warm_up` more, A B C A B C ...

    More often where that took less than `at_least` seconds: a few turns of what takes milliseconds
    tell only what else the machine was at. Raises RuntimeError where a command ends with a code
    that it should not have.
    """
    seconds: dict[str, list[float]] = {command.name: [] for command in commands}
    peaks = dict.fromkeys(seconds, 0)
    turns = count()
    while (turn := next(turns)) < runs + warm_up or _total(seconds) < at_least:
        for command in commands:
            command.before(turn)
            took, peak = _run(command)
            if turn >= warm_up:
                seconds[command.name].append(took)
            peaks[command.name] = max(peaks[command.name], peak)
    return {name: Timed(name, tuple(took), peaks[name]) for name, took in seconds.items()}


def _total(seconds: Mapping[str, list[float]]) -> float:
    return sum(map(sum, seconds.values()))


def ratio(one: Timed, other: Timed) -> float:
    """Return the median of the ratios of the runs that were made one after the other."""
    return median(ratios(one, other))


def ratios(one: Timed, other: Timed) -> list[float]:
    """Return the ratio of each two runs that were made one after the other."""
    return [a / b for a, b in zip(one.seconds, other.seconds, strict=True)]


def condensed(values: Sequence[float], many: int) -> list[float]:
    """Return `many` medians, each of as many values as the others, in their order."""
    ends = [len(values) * at // many for at in range(many + 1)]
    return [median(values[start:end]) for start, end in pairwise(ends)]


def _run(command: Command) -> tuple[float, int]:
    environment = {**_OURS, **command.environment}
    start = time.perf_counter()
    process = subprocess.Popen(
        command.arguments,
        cwd=command.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    said = process.stderr.read()
    # wait4 tells the peak memory of this one process, not of all that ever ended.
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode not in command.codes:
        raise RuntimeError(
            f"{command.name} ended with {process.returncode}: {said.decode()[-800:]}"
        )
    return took, usage.ru_maxrss * 1024
