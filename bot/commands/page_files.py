"""The page's files besides the page itself: its charts, as they should be.

`refresh`, the hook and whatever commits a page ask here, so that a page and its charts go together.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.report.charts import svg
from bot.summary.charts import charts, file_name, folder
from bot.summary.read import read
from bot.workspace import Workspace


def changed_charts(
    workspace: Workspace, page: str, here: Mapping[str, bytes]
) -> dict[str, bytes | None]:
    """Return the chart files to write, by path; None where one is to go.

    `page` is the page's new text, `here` the files in its charts' folder now. A chart that is true
    is not drawn again; a file that is not ours stays. Raises ConfigError without what draws.
    """
    if not workspace.config.charts and not here:
        return {}
    base = folder(workspace.page)
    summary = read(page, workspace.config, workspace.sections)
    drawn = charts(summary) if workspace.config.charts else []
    wanted = {f"{base}/{file_name(chart)}": chart for chart in drawn}
    out: dict[str, bytes | None] = {
        path: svg.draw(chart)
        for path, chart in wanted.items()
        if path not in here or not svg.is_true(here[path], chart)
    }
    out |= {path: None for path in here if path not in wanted and svg.is_ours(here[path])}
    return out
