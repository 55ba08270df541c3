"""Time whole processes from outside, the compared ones in turn so that drift hits all of them."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

# An installed package has its bytecode; without it a work tree would be compiled in every run.
_ENVIRONMENT = {
    name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
}


@dataclass(frozen=True, slots=True)
class Command:
    """A process to time."""

    name: str
    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None
    """Called before every run; not timed."""
    codes: frozenset[int] = frozenset({0})
    """Exit codes that count as success."""


@dataclass(frozen=True, slots=True)
class Timed:
    """The measurements of one command: seconds per run, and the highest peak memory in bytes."""

    seconds: tuple[float, ...]
    peak: int

    @property
    def median(self) -> float:
        """The median duration in seconds."""
        return median(self.seconds)


def measure(commands: Sequence[Command], runs: int, warm_up: int = 1) -> dict[str, Timed]:
    """Run the commands in turn (A B C A B C ...) and return the measurements by name.

    The first `warm_up` rounds are not counted. Raises RuntimeError where a command exits with an
    unexpected code.
    """
    seconds: dict[str, list[float]] = {command.name: [] for command in commands}
    peaks = dict.fromkeys(seconds, 0)
    for turn in range(runs + warm_up):
        for command in commands:
            command.before()
            duration, peak = _run(command)
            if turn >= warm_up:
                seconds[command.name].append(duration)
            peaks[command.name] = max(peaks[command.name], peak)
    return {name: Timed(tuple(found), peaks[name]) for name, found in seconds.items()}


def ratios(one: Timed, other: Timed) -> list[float]:
    """Return the ratio of each pair of neighbouring runs."""
    return [a / b for a, b in zip(one.seconds, other.seconds, strict=True)]


def _run(command: Command) -> tuple[float, int]:
    start = time.perf_counter()
    process = subprocess.Popen(
        command.arguments,
        cwd=command.folder,
        env={**_ENVIRONMENT, **command.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    errors = process.stderr.read()
    # wait4 returns the peak memory of this process alone, not of all that ever ended.
    _, status, usage = os.wait4(process.pid, 0)
    duration = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode not in command.codes:
        raise RuntimeError(
            f"{command.name} exited with {process.returncode}: {errors.decode()[-800:]}"
        )
    return duration, usage.ru_maxrss * 1024
