"""Where the figures come from: commits, artifacts, run, version."""

from __future__ import annotations

from results_bot.report import gfm
from results_bot.report.headline import plural
from results_bot.report.review import Provenance


def render(provenance: Provenance) -> str:
    """Return one small line."""
    base = gfm.commit(provenance.base, provenance.repository_url)
    head = gfm.commit(provenance.head, provenance.repository_url)
    parts = [f"{base} → {head}"]
    if provenance.artifacts is not None:
        parts.append(f"{plural(provenance.artifacts, 'artifact')} read")
    if provenance.page_url:
        parts.append(gfm.link(gfm.plain(provenance.page, 100), provenance.page_url))
    if provenance.run_url:
        parts.append(gfm.link("run", provenance.run_url))
    parts.append(f"results-bot {gfm.plain(provenance.version, 40)}")
    return f"<sub>{' · '.join(parts)}</sub>"
