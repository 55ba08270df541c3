"""The whole page: one HTML document that needs nothing else. Same values, same bytes.

No text from an artifact is ever markup: the template escapes, data stand in inert JSON, and the
page's own policy runs only the scripts whose digests it names.
"""

from __future__ import annotations

import base64
import hashlib
import pkgutil
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from results_bot.hostile import printable
from results_bot.judge.approvals import SHOWN as SHOWN_OF_DIGEST
from results_bot.model import Finding
from results_bot.report import findings_text
from results_bot.report.conclusion import Conclusion, conclusion
from results_bot.report.headline import headline, plural
from results_bot.report.html import intervals, learning, parallel, predictions, timeline, tradeoff
from results_bot.report.html.chart import Chart
from results_bot.report.html.intervals import Interval
from results_bot.report.html.safe_json import safe_json
from results_bot.report.html.sentences import sentences
from results_bot.report.html.story import Story
from results_bot.report.html.tables import tables

if TYPE_CHECKING:
    from jinja2 import Environment

SHOWN = 8
"""Findings of a group that are open; the others are folded."""
MOST = 300
"""Findings of a group that are written out at all."""
_TONE = {
    Conclusion.SUCCESS: ("good", "✓"),
    Conclusion.NEUTRAL: ("calm", "·"),
    Conclusion.ACTION_REQUIRED: ("bad", "✕"),
    Conclusion.FAILURE: ("bad", "✕"),
}


class Card(msgspec.Struct, frozen=True):
    """One finding with all that is shown of it."""

    finding: Finding
    sign: str
    section: str
    evidence: str
    interval: Interval | None


class Group(msgspec.Struct, frozen=True):
    """Findings of one kind; `hidden` more are only counted."""

    title: str
    open: Sequence[Card]
    folded: Sequence[Card]
    hidden: int
    quiet: bool = False
    """Folded as a whole."""


class Figures(msgspec.Struct, frozen=True):
    """Charts under one heading."""

    id: str
    title: str
    intro: str
    charts: Sequence[Chart]
    wide: bool


def render(story: Story, bundle: str) -> str:
    """Return the page; `bundle` is the charts' JavaScript library, as `charts_library` gives it."""
    review = story.review
    figures = [one for one in _figures(story) if one.charts]
    scripts = [_asset("table.js"), _asset("page.js")]
    library = bundle if figures or story.live else ""
    if library:
        scripts.append(_asset("charts.js"))
    if story.live:
        scripts.append(_asset("live.js"))
    groups = list(_groups(story))
    tone, sign = _TONE[conclusion(review)]
    if tone == "good" and review.warnings:
        tone, sign = "warn", "!"
    data = {
        "tables": tables(story),
        "charts": {
            each.id: each.spec for one in figures for chart in one.charts for each in chart.views
        },
    }
    return _environment().get_template("page.html").render(
        story=story,
        review=review,
        headline=headline(review),
        tone=tone,
        sign=sign,
        shown=SHOWN_OF_DIGEST,
        groups=groups,
        intervals=any(one.interval for group in groups for one in (*group.open, *group.folded)),
        takeaways=[sentences(one) for one in review.takeaways],
        figures=figures,
        histograms=predictions.histograms(story),
        tables=data["tables"],
        runs=sum(len(section.rows) for section in review.head.sections),
        data=_markup(safe_json(data)),
        style=_markup(_asset("page.css")),
        scripts=[_markup(script) for script in scripts],
        library=_markup(library),
        policy=policy([*scripts, library], live=story.live),
    )  # fmt: skip


def charts_library() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script. Needs the `charts` extra."""
    import vl_convert

    # A closing tag inside a text of the library would end the script element.
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace(
        "</script", "<\\/script"
    )


def policy(scripts: Sequence[str], *, live: bool) -> str:
    """Return the content security policy: these scripts, own styles, and no network at all.

    Vega makes functions of its expressions unless it is told to interpret them; `charts.js` tells
    it so, and nothing here needs `unsafe-eval`.
    """
    digests = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    connect = " connect-src 'self';" if live else ""
    return (
        f"default-src 'none'; script-src {digests}; style-src 'unsafe-inline'; img-src data:;"
        f"{connect} base-uri 'none'; form-action 'none'"
    )


def _figures(story: Story) -> Iterator[Figures]:
    yield Figures(
        "tradeoff",
        "Trade-off",
        "No other run beats a run of the front in both metrics; at the knee, one gives up least. "
        "A hollow point is where a changed run stood before.",
        tradeoff.charts(story),
        wide=True,
    )
    yield Figures(
        "parameters",
        "Parameters",
        "Each line is a run on its way through its settings and metrics.",
        parallel.charts(story),
        wide=True,
    )
    yield Figures(
        "curves",
        "Learning curves",
        "Changed runs, runs with findings and the best of each section, step by step.",
        learning.charts(story),
        wide=False,
    )
    yield Figures(
        "history",
        "History",
        "The best value at each commit that changed it. A diamond is a change somebody approved; "
        "a bar is the mean of a level, where the values changed their level more than chance does.",
        timeline.charts(story),
        wide=False,
    )


def _groups(story: Story) -> Iterator[Group]:
    review = story.review
    groups = (
        ("Waiting for approval", review.waiting, False),
        ("Warnings", review.warnings, False),
        ("Approved", review.settled, False),
        ("Improvements", review.improvements, False),
        ("Good to know", review.notices, False),
        ("There before this change", review.older, True),
    )
    for title, found, quiet in groups:
        if found:
            cards = [_card(story, finding) for finding in found[:MOST]]
            opened = 0 if quiet else SHOWN
            hidden = len(found) - len(cards)
            yield Group(title, cards[:opened], cards[opened:], hidden, quiet)


def _card(story: Story, finding: Finding) -> Card:
    review = story.review
    metric, change = review.metric(finding), review.change(finding)
    section = review.sections.get(finding.section)
    said = findings_text.evidence(finding.evidence, metric.format if metric else ".4g") if (
        finding.evidence
    ) else ""  # fmt: skip
    return Card(
        finding,
        findings_text.SIGN[finding.severity],
        section.title if section else finding.section,
        said,
        intervals.interval(finding, change, metric),
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    def shown(value: Any) -> Any:
        """Make every text printable on its way into the page; escaping comes after."""
        return printable(value) if type(value) is str else value

    environment = Environment(
        loader=PackageLoader("results_bot.report.html", ""),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["plural"] = plural
    environment.filters["prose"] = sentences
    environment.filters["count"] = lambda number: f"{number:,}"
    environment.globals["Markup"] = Markup
    return environment


def _markup(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own scripts and styles, and JSON that is escaped


def _asset(name: str) -> str:
    data = pkgutil.get_data("results_bot.report.html", name)
    assert data is not None, name  # noqa: S101 - part of the package
    return data.decode("utf-8")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
