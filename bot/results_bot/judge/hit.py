"""What a rule says; its id, severity and tip are put to it by `registry`."""

from __future__ import annotations

import msgspec

from results_bot.model import Evidence, Severity


class Hit(msgspec.Struct, frozen=True):
    """One place where a rule applies. All text is plain; reports make it safe for their kind."""

    section: str
    message: str
    runs: tuple[str, ...] = ()
    metric: str | None = None
    before: str | None = None
    after: str | None = None
    evidence: Evidence | None = None
    severity: Severity | None = None
    """Where it is not the rule's own."""
    where: tuple[tuple[str, str], ...] = ()
    """Section and name of every run, where they stand in several sections."""
    state: bool = False
    """It is about how things are, not about what changed; known where no run of it is touched."""

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Section and name of every run it is about."""
        return self.where or tuple((self.section, run) for run in self.runs)
