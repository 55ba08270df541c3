"""The takeaways in the order in which the page shows them; third parties add theirs at the end.

Entry point group `results_bot.takeaways`; a takeaway has an `ID` and `sentences(view)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import entry_points
from typing import Protocol

from results_bot.page.facts import Facts
from results_bot.page.takeaways import best, families, left_out, plateau, tradeoff
from results_bot.page.takeaways.view import View

EMPTY = "Nothing stands out yet."


class Takeaway(Protocol):
    """A function from the facts of a page to true sentences."""

    ID: str

    def sentences(self, view: View) -> list[str]:
        """Return Markdown sentences, each with its numbers; none where the data show nothing."""
        ...


BUILT_IN: Sequence[Takeaway] = (best, tradeoff, plateau, families, left_out)


@cache
def _every() -> tuple[Takeaway, ...]:
    added = (point.load() for point in entry_points(group="results_bot.takeaways"))
    return (*BUILT_IN, *added)


def takeaways(facts: Facts) -> list[str]:
    """Return the sentences of all takeaways."""
    view = View(facts)
    return [sentence for one in _every() for sentence in one.sentences(view)]


def render(sentences: Sequence[str]) -> str:
    """Return the content of the takeaways' block."""
    return "\n".join(f"- {sentence}" for sentence in sentences) or EMPTY
