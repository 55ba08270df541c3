"""The page's files besides the page itself: its charts, as they should be.

`refresh`, the hook and whatever commits a page ask here, so that a page and its charts go together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from results_bot.page.charts import Chart, charts, described, file_name, folder
from results_bot.page.page import read
from results_bot.workspace import Workspace

if TYPE_CHECKING:
    from results_bot.report.review import Picture


def changed_charts(
    workspace: Workspace, page: str, here: Mapping[str, bytes]
) -> dict[str, bytes | None]:
    """Return the chart files to write, by path; None where one is to go.

    `page` is the page's new text, `here` the files in its charts' folder now. A chart that is true
    is not drawn again; a file that is not ours stays. Raises ConfigError without what draws.
    """
    if not workspace.config.charts and not here:
        return {}
    from results_bot.report.charts import draw, is_ours, is_true

    wanted = _wanted(workspace, page)
    out: dict[str, bytes | None] = {
        path: draw(chart)
        for path, chart in wanted.items()
        if path not in here or not is_true(here[path], chart)
    }
    out |= {path: None for path in here if path not in wanted and is_ours(here[path])}
    return out


def pictures(
    workspace: Workspace, page: str, here: Mapping[str, bytes] | None
) -> Iterator[Picture]:
    """Yield the charts of a page that are there and true; `here` is None where all of them are."""
    from results_bot.report.charts import is_true
    from results_bot.report.review import Picture

    for path, chart in _wanted(workspace, page).items():
        if here is None or (path in here and is_true(here[path], chart)):
            yield Picture(chart.section, path, described(chart))


def _wanted(workspace: Workspace, page: str) -> dict[str, Chart]:
    """Return the charts that a page should have, by path; none where nobody asked for charts."""
    if not workspace.config.charts:
        return {}
    summary = read(page, workspace.config, workspace.sections)
    return {f"{folder(workspace.page)}/{file_name(one)}": one for one in charts(summary)}
