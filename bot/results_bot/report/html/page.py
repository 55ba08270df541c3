"""The report: one HTML document that needs nothing else. Same values, same bytes.

No text from an artifact is ever markup: the template escapes, data stands in inert JSON, and the
page's content security policy runs only the scripts whose digests it names.
"""

from __future__ import annotations

import base64
import hashlib
import json
import pkgutil
from collections.abc import Sequence
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any

from results_bot.escape import printable, visible
from results_bot.judge.approvals import SHOWN as DIGEST_LENGTH
from results_bot.model import Finding
from results_bot.numbers import plural
from results_bot.page import cells
from results_bot.report import wording
from results_bot.report.colours import SIGN
from results_bot.report.html.charts import ReportData, histories, learning_curves
from results_bot.report.html.parallel import parallel_coordinates
from results_bot.report.html.tables import histograms, tables
from results_bot.report.html.tradeoff import tradeoffs
from results_bot.report.review import Conclusion, Review

if TYPE_CHECKING:
    from jinja2 import Environment

OPENED = 8
"""Findings of a group that are open; the others are folded."""
MOST = 300
"""Findings of a group that are written out at all."""
OLDER = "There before this change"
"""The group that is folded as a whole."""
_LEFT, _RIGHT = 14, 306
"""The ends of an interval drawing, in a view box of 320."""
_TONES = {
    Conclusion.SUCCESS: ("good", "✓"),
    Conclusion.NEUTRAL: ("calm", "·"),
    Conclusion.ACTION_REQUIRED: ("bad", "✕"),
    Conclusion.FAILURE: ("bad", "✕"),
}
# `<` could end a script element or begin a comment in it; the separators end a line in JavaScript.
_ESCAPES = str.maketrans(
    {character: f"\\u{ord(character):04x}" for character in ("<", ">", "&", "\u2028", "\u2029")}
)


def render(data: ReportData, bundle: str) -> str:
    """Return the page; `bundle` is the charts' JavaScript library, from `charts_library`."""
    review = data.review
    figures = {
        "tradeoff": tradeoffs(data),
        "parameters": parallel_coordinates(data),
        "curves": learning_curves(data),
        "history": histories(data),
    }
    drawn = [view for charts in figures.values() for chart in charts for view in chart.views]
    library = bundle if drawn or data.live else ""
    names = ["table.js", "page.js", *["charts.js"] * bool(library), *["live.js"] * data.live]
    scripts = [_asset(name) for name in names]
    tone, sign = _TONES[review.conclusion]
    if tone == "good" and review.warnings:
        tone, sign = "warn", "!"
    groups = [
        ("Waiting for approval", review.waiting),
        ("Warnings", review.warnings),
        ("Approved", review.settled),
        ("Improvements", review.improvements),
        ("Good to know", review.notices),
        (OLDER, review.older),
    ]
    content = {"tables": tables(review), "charts": {chart.id: chart.spec for chart in drawn}}
    return (
        _environment()
        .get_template("page.html")
        .render(
            data=data,
            review=review,
            tone=tone,
            sign=sign,
            digest_length=DIGEST_LENGTH,
            groups=[(title, found, title == OLDER) for title, found in groups if found],
            opened=OPENED,
            most=MOST,
            intervals=any(interval(review, one) for _, found in groups for one in found[:MOST]),
            takeaways=[sentences(one) for one in review.takeaways],
            figures=figures,
            histograms=histograms(data),
            tables=content["tables"],
            content=_markup(safe_json(content)),
            style=_markup(_asset("page.css")),
            scripts=list(map(_markup, scripts)),
            library=_markup(library),
            policy=policy([*scripts, library], live=data.live),
        )
    )


def charts_library() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script. Needs the `charts` extra."""
    import vl_convert

    # A closing tag inside a text of the library would end the script element.
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace(
        "</script", "<\\/script"
    )


def policy(scripts: Sequence[str], *, live: bool) -> str:
    """Return the content security policy: these scripts, own styles, and no network at all.

    `charts.js` makes Vega interpret its expressions, so that nothing needs `unsafe-eval`.
    """
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    connect = " connect-src 'self';" if live else ""
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:;"
        f"{connect} base-uri 'none'; form-action 'none'"
    )


def safe_json(value: Any) -> str:
    """Return compact JSON that can stand in a script element; NaN and infinity become null."""

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return printable(value)
        if isinstance(value, float):
            return value if isfinite(value) else None
        if isinstance(value, dict):
            return {printable(str(key)): clean(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [clean(one) for one in value]
        return value

    text = json.dumps(clean(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(_ESCAPES)


def sentences(markdown: str) -> Any:
    """Return a takeaway's Markdown as safe markup: words, bold, code; anything else stays text."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("zero", {"html": False})
    parser.enable(["emphasis", "backticks", "escape", "entity"])
    return _markup(parser.renderInline(visible(markdown)))


def interval(review: Review, finding: Finding) -> dict[str, Any] | None:
    """Return the drawing of a finding whose evidence has an interval; None for the others.

    Places are pixels, of the change, its 95 % interval, no change at all and the tolerance.
    """
    change, metric = review.change(finding), review.metric(finding)
    found = finding.evidence.interval if finding.evidence else None
    delta = change.difference if change else None
    if found is None or delta is None or change is None or change.before is None or metric is None:
        return None
    if not all(map(isfinite, (*found, delta))):
        return None
    before = abs(change.before.number or 0.0)
    floor = metric.tolerance.where_tested()
    tolerance = max(floor.absolute, floor.relative * before)
    ends = (*found, delta, 0.0, -tolerance, tolerance)
    low, high = min(ends), max(ends)

    def place(value: float) -> float:
        return round(_LEFT + (value - low) / ((high - low) or 1.0) * (_RIGHT - _LEFT), 1)

    low_text, high_text, text = (cells.signed(v, metric.format) for v in (*found, delta))
    return {
        "zero": place(0.0),
        "low": place(found[0]),
        "high": place(found[1]),
        "point": place(delta),
        "band": (place(-tolerance), place(tolerance)),
        "low_text": low_text,
        "high_text": high_text,
        "text": text,
        "alt": f"Change {text}, 95 % interval {low_text} to {high_text}",
    }


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("results_bot.report.html", ""),
        autoescape=True,
        undefined=StrictUndefined,
        # Every text is made printable on its way into the page; escaping comes after.
        finalize=lambda value: printable(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {
        "evidence": wording.evidence,
        "interval": interval,
        "signs": SIGN,
    }
    environment.filters["plural"] = plural
    environment.filters["prose"] = sentences
    environment.filters["figures"] = wording.unbroken_figures
    environment.filters["count"] = lambda number: f"{number:,}"
    return environment


def _markup(text: str) -> Any:
    """Mark text as HTML: our own scripts and styles, escaped JSON, and escaped sentences."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704


def _asset(name: str) -> str:
    data = pkgutil.get_data("results_bot.report.html", name)
    assert data is not None, name  # noqa: S101 - part of the package
    return data.decode("utf-8")
