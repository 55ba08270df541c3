"""How long to wait and how often to ask again; sends nothing itself.

GitHub's rules: https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import msgspec

from results_bot.errors import RateLimitedError

_SECONDARY_WAIT = 60.0
"""Seconds to wait at least where GitHub does not say how long."""


class Clock(Protocol):
    """Time, which tests bring along."""

    def now(self) -> float:
        """Return seconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""


class SystemClock:
    """The machine's time."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one request, whatever its status."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case."""
    data: Any = field(repr=False)
    """Parsed JSON; None where there was no body, or an error's body was none."""

    @property
    def message(self) -> str:
        """What GitHub says about an error, with its details."""
        if not isinstance(self.data, dict):
            return ""
        details = [
            str(one.get("message") or f"{one.get('field')}: {one.get('code')}")
            if isinstance(one, dict)
            else str(one)
            for one in as_list(self.data.get("errors"))
        ]
        return ": ".join(filter(None, [str(self.data.get("message") or ""), "; ".join(details)]))


class Patience(msgspec.Struct, frozen=True):
    """What to put up with."""

    attempts: int = 6
    """Requests in all for one answer, where the connection or the server fails."""
    limits: int = 8
    """How often in a row a rate limit is waited out."""
    budget: float = 900.0
    """Seconds that one job waits in all."""
    between_writes: float = 1.0
    """Seconds; GitHub asks for this pause."""


class Waiting:
    """Waits, and keeps account of it for one job."""

    def __init__(self, patience: Patience, clock: Clock) -> None:
        self.patience = patience
        self.clock = clock
        self._spent = 0.0
        self._last_write = float("-inf")

    def pace(self) -> None:
        """Keep writes apart."""
        due = self._last_write + self.patience.between_writes
        if (wait := due - self.clock.now()) > 0:
            self.clock.sleep(min(wait, self.patience.between_writes))
        self._last_write = self.clock.now()

    def before_retry(self, failures: int) -> bool:
        """Wait after so many failures of one request; False where patience is at its end."""
        wait = float(2 ** (failures - 1))
        if failures >= self.patience.attempts or not self._affordable(wait):
            return False
        self._wait(wait)
        return True

    def for_limit(self, wait: float, times: int, what: str) -> None:
        """Wait until a limit is over, met for the so-manyeth time. Raises RateLimitedError."""
        if times > self.patience.limits or not self._affordable(wait):
            raise RateLimitedError(
                f"GitHub: {what}: the rate limit is reached; waited {self._spent:.0f} s so far, "
                f"and {wait:.0f} s more would pass the {self.patience.budget:.0f} s there are"
                if times <= self.patience.limits
                else f"GitHub: {what}: the rate limit was still reached after {times} tries"
            )
        self._wait(wait)

    def _affordable(self, wait: float) -> bool:
        return self._spent + wait <= self.patience.budget

    def _wait(self, seconds: float) -> None:
        self._spent += seconds
        self.clock.sleep(seconds)


def limit_wait(answer: Answer, times: int, now: float) -> float | None:
    """Return how long a limit asks to wait, met for the so-manyeth time; None if it is no limit."""
    if not _is_limit(answer):
        return None
    if (after := _retry_after(answer.headers.get("retry-after"), now)) is not None:
        return after
    reset = answer.headers.get("x-ratelimit-reset", "")
    if answer.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        # It is not said when in that second.
        return max(int(reset) - now, 0.0) + 1.0
    return float(_SECONDARY_WAIT * 2 ** (times - 1))


def _is_limit(answer: Answer) -> bool:
    if answer.status == 429:
        return True
    if answer.status == 403:
        headers, message = answer.headers, answer.message.lower()
        spent = headers.get("x-ratelimit-remaining") == "0"
        return spent or "retry-after" in headers or "rate limit" in message or "abuse" in message
    if not isinstance(answer.data, dict):
        return False
    # GraphQL says so with status 200.
    kinds = (one.get("type") for one in as_list(answer.data.get("errors")) if isinstance(one, dict))
    return answer.status == 200 and "RATE_LIMITED" in kinds


def _retry_after(value: str | None, now: float) -> float | None:
    if value is None:
        return None
    if value.strip().isdecimal():
        return max(float(value), 1.0)
    try:
        return max(parsedate_to_datetime(value).timestamp() - now, 1.0)
    except (TypeError, ValueError):
        return _SECONDARY_WAIT


def as_list(value: Any) -> list[Any]:
    """Return a list as it is, and an empty one for anything else."""
    return value if isinstance(value, list) else []
