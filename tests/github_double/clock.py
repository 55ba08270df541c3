"""A clock that moves a second at every look, so that orders and edits show in the dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Time as the double tells it; rate limits alone go by the real one."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 12, 0, 0, tzinfo=UTC)
        self.step = timedelta(seconds=1)

    def tick(self) -> str:
        """Return the next moment, as GitHub writes it."""
        self.now += self.step
        return iso(self.now)

    def days_ago(self, days: float) -> str:
        """Return a moment before the present one."""
        return iso(self.now - timedelta(days=days))


def iso(moment: datetime) -> str:
    """Write a moment as GitHub does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(text: str) -> datetime:
    """Read a moment in ISO 8601."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
