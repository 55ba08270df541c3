"""Rate limits and back-off: how long to wait before a request is sent again.

GitHub's rules: https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from results_bot.errors import RateLimitedError

_ATTEMPTS = 6
"""Requests in all for one answer, where the connection or the server fails."""
_LIMITS = 8
"""How often in a row a rate limit is waited out."""
_BUDGET = 900.0
"""Seconds that one job waits in all."""
_BETWEEN_WRITES = 1.0
"""Seconds; GitHub asks for this pause."""
_SECONDARY_WAIT = 60.0
"""Seconds to wait at least where GitHub does not name a time."""


class Clock(Protocol):
    """The part of the module `time` that waiting needs; tests bring their own."""

    def time(self) -> float:
        """Return seconds since the epoch."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


class Patience:
    """Waits between requests, within one budget for the whole job."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._spent = 0.0
        self._last_write = float("-inf")

    def pace_writes(self) -> None:
        """Wait until the last write is long enough ago."""
        due = self._last_write + _BETWEEN_WRITES
        if (wait := due - self.clock.time()) > 0:
            self.clock.sleep(min(wait, _BETWEEN_WRITES))
        self._last_write = self.clock.time()

    def after_failure(self, failures: int) -> bool:
        """Wait after the nth failure of a request; return False where it is time to give up."""
        wait = float(2 ** (failures - 1))
        if failures >= _ATTEMPTS or self._spent + wait > _BUDGET:
            return False
        self._wait(wait)
        return True

    def after_limit(self, wait: float, limits: int, what: str) -> None:
        """Wait out the nth rate limit in a row. Raises RateLimitedError where it is too long."""
        if limits > _LIMITS:
            raise RateLimitedError(f"{what}: the rate limit was still reached after {limits} tries")
        if self._spent + wait > _BUDGET:
            raise RateLimitedError(
                f"{what}: the rate limit is reached; waited {self._spent:.0f} s so far, "
                f"and {wait:.0f} s more would exceed the limit of {_BUDGET:.0f} s"
            )
        self._wait(wait)

    def _wait(self, seconds: float) -> None:
        self._spent += seconds
        self.clock.sleep(seconds)


def limit_wait(
    status: int, headers: Mapping[str, str], data: Any, times: int, now: float
) -> float | None:
    """Return the back-off for the nth rate limit in a row, in seconds; None for another answer."""
    if not _is_limit(status, headers, data):
        return None
    if (after := headers.get("retry-after")) is not None:
        if after.strip().isdecimal():
            return max(float(after), 1.0)
        try:
            return max(parsedate_to_datetime(after).timestamp() - now, 1.0)
        except (TypeError, ValueError):
            return _SECONDARY_WAIT
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        # The reset may come at any time within that second.
        return max(int(reset) - now, 0.0) + 1.0
    return float(_SECONDARY_WAIT * 2 ** (times - 1))


def _is_limit(status: int, headers: Mapping[str, str], data: Any) -> bool:
    if status == 429:
        return True
    if status == 403:
        message = error_message(data).lower()
        spent = headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
        return spent or "rate limit" in message or "abuse" in message
    if status != 200 or not isinstance(data, dict):
        return False
    # GraphQL reports its limit with status 200.
    errors = data.get("errors")
    listed = errors if isinstance(errors, list) else []
    return "RATE_LIMITED" in [one.get("type") for one in listed if isinstance(one, dict)]


def error_message(data: Any) -> str:
    """Return the message of an error that GitHub answered, with its details."""
    if not isinstance(data, dict):
        return ""
    errors = data.get("errors")
    details = [
        str(one.get("message") or f"{one.get('field')}: {one.get('code')}")
        if isinstance(one, dict)
        else str(one)
        for one in (errors if isinstance(errors, list) else [])
    ]
    return ": ".join(filter(None, [str(data.get("message") or ""), "; ".join(details)]))
