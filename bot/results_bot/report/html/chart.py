"""One chart: a Vega-Lite specification with the words round it. Colours are names of the theme.

A colour `@name` stands for the page's custom property `--name`; the browser puts in the value of
the theme that is on. Field names are fixed: text from artifacts is only ever data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from results_bot.hostile import printable

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
"""Names the language; nothing is ever fetched from there."""

Spec = dict[str, Any]


class Chart(msgspec.Struct, frozen=True):
    """What one figure shows."""

    id: str
    title: str
    alt: str
    """The chart in a sentence, for those who do not see it."""
    spec: Spec
    height: int = 320
    """Room in pixels that it will need."""
    note: str = ""
    """What a reader should know beside it."""
    width: int = 0
    """Where the figure is narrower, it scrolls."""
    choice: str = ""
    """What a reader chooses to see this chart and not another of the same figure."""
    others: tuple[Chart, ...] = ()
    """What else the figure can show."""

    @property
    def views(self) -> tuple[Chart, ...]:
        """All that the figure can show, this chart first."""
        return (self, *self.others)


def spec(data: list[Mapping[str, Any]], height: int, **parts: Any) -> Spec:
    """Return a specification that fills the width of its figure."""
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": height,
        "data": {"values": data},
        **parts,
    }


def axis_format(metric_format: str) -> str:
    """Return the d3 format for an axis of a metric's values."""
    percent = metric_format.endswith("%") and not metric_format.endswith("f%")
    return ".3~%" if percent else ".4~g"


def title(text: str, most: int = 60) -> str:
    """Return a title that is shown as it is, cut where it is long."""
    text = printable(text)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def scale(zero: bool = False) -> dict[str, Any]:
    """Return a linear scale with some room at its ends."""
    return {"zero": zero, "nice": True, "padding": 12}
