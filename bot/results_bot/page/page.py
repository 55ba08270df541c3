"""The whole new text of the page, from runs, the old text and the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

import msgspec

from results_bot.collect.samples import Samples, read_once
from results_bot.config import Config, SectionTable
from results_bot.hostile import markdown
from results_bot.model import Collection, Run, Summary
from results_bot.page import charts
from results_bot.page.document import (
    CHARTS,
    GENERATED,
    OWN,
    TAKEAWAYS,
    Page,
    block_text,
    end_of,
    end_of_family,
    insert,
    is_boundary,
    parse_page,
    splice,
    with_date,
)
from results_bot.page.facts.facts import Facts
from results_bot.page.made import Made, RunsBehind
from results_bot.page.material import Material, no_samples
from results_bot.page.plan import plan
from results_bot.page.read import read
from results_bot.page.takeaways import registry as takeaways

_TAKEAWAYS_HEADING = "## Key takeaways"
_CHARTS_HEADING = "## Charts"
_NEW_PAGE = """\
# Results

results-bot keeps the tables between its markers; everything else on this page is yours to write.
"""


class Fresh(msgspec.Struct, frozen=True):
    """A regenerated page."""

    text: str
    summary: Summary
    made: tuple[Made, ...]
    """The sections, each with what its block said."""
    facts: Facts
    """What is known of the summary with the runs behind it."""

    @property
    def material(self) -> Material:
        """The summary with the runs behind it."""
        return self.facts.material

    @property
    def committed(self) -> Summary:
        """The same sections as the old text had them."""
        return Summary(tuple(was for one in self.made if (was := one.committed) is not None))


def regenerate(
    old: str | None,
    collection: Collection,
    config: Config,
    sections: Sequence[SectionTable],
    gone: Mapping[str, frozenset[str]],
    now: datetime,
    samples: Callable[[Run], Samples | None] = no_samples,
) -> Fresh:
    """Return the page as it should be.

    `old` is the page's text, None where there is none; `gone` maps section ids to the runs whose
    tracked artifacts were deleted; `now` is only used where the text changes; `samples` reads a
    run's predictions. Raises PageError where the markers are broken.
    """
    page = old_page(old, config)
    planned = plan(
        collection.runs,
        sections,
        page.blocks,
        fold_seeds=config.fold_seeds,
        titles=collection.titles,
    )
    made = [
        Made(one, config, page.content(one.id), gone.get(one.id, frozenset())) for one in planned
    ]
    return page_of(page, old, made, config, sections, now, samples)


def old_page(old: str | None, config: Config) -> Page:
    """Return the page that new text goes into, an empty one where there is none yet.

    Raises PageError where the markers are broken.
    """
    return parse_page(old if old is not None else _NEW_PAGE, config.page)


def page_of(
    page: Page,
    old: str | None,
    made: Sequence[Made],
    config: Config,
    sections: Sequence[SectionTable],
    now: datetime,
    samples: Callable[[Run], Samples | None] = no_samples,
) -> Fresh:
    """Put the page together from its sections, in their order; the rest as in `regenerate`."""
    summary = Summary(tuple(one.section for one in made))
    facts = Facts(Material(summary, RunsBehind(made), read_once(samples)))
    text = splice(page, {one.section.id: one.content for one in made if _has(page, one)})
    new = [one for one in made if not _has(page, one)]
    text = _with_new_sections(
        text, [one for one in new if one.section.rows or one.section.unfinished]
    )
    changed = text != page.text
    page = page.with_text(text, config.page)
    if config.takeaways:
        page = page.with_text(_with_takeaways(page, facts, changed=changed), config.page)
    page = page.with_text(_with_charts(page, config, sections), config.page)
    text = page.text if page.text == old else with_date(page, now, wanted=config.generated)
    return Fresh(text, summary, tuple(made), facts)


def _has(page: Page, one: Made) -> bool:
    return one.section.id in page.blocks


def _with_new_sections(text: str, new: Sequence[Made]) -> str:
    """Add blocks that the page does not have: after their siblings by folder, else at the end."""
    for _, family in groupby(new, key=lambda one: one.table.id):
        left = list(family)
        while left:
            text, left = _with_siblings(text, left)
    return text


def _with_siblings(text: str, new: list[Made]) -> tuple[str, list[Made]]:
    """Add the first of `new` and with it the others, or return those whose place is another one."""
    page = parse_page(text)
    at = end_of_family(page, new[0].table.id)
    # Behind the first comes what the second would look for a place in: where that is the end or
    # begins with what nothing goes over, it is the place of the second and of all others too.
    together = new if is_boundary(page, at) else new[:1]
    newline = page.newline
    parts = [
        part
        for one in together
        for part in (
            f"{'#' * one.table.level} {markdown(one.section.title)}",
            block_text(one.section.id, one.content, newline),
        )
    ]
    return insert(page, at, parts), new[len(together) :]


def _with_takeaways(page: Page, facts: Facts, *, changed: bool) -> str:
    """Renew the takeaways, or add them after the last section.

    Where no table changed and some artifacts are not here, what was said with all of them at hand
    still holds, and stays.
    """
    all_here = all(view.is_complete for view in facts.material.sections.values())
    if TAKEAWAYS in page.blocks and not changed and not all_here:
        return page.text
    content = takeaways.render(takeaways.takeaways(facts))
    if TAKEAWAYS in page.blocks:
        return splice(page, {TAKEAWAYS: content})
    if content == takeaways.EMPTY:
        return page.text
    at = end_of(page, [block for block in page.blocks.values() if block.id not in OWN])
    return insert(page, at, [_TAKEAWAYS_HEADING, block_text(TAKEAWAYS, content, page.newline)])


def _with_charts(page: Page, config: Config, sections: Sequence[SectionTable]) -> str:
    """Renew the links to the charts, or add them behind the rest; what they show is the page's."""
    if not config.charts and CHARTS not in page.blocks:
        return page.text
    drawn = charts.charts(read(page.text, config, sections)) if config.charts else []
    content = charts.links(drawn, config.page)
    if CHARTS in page.blocks:
        return splice(page, {CHARTS: content})
    if not drawn:
        return page.text
    at = end_of(page, [block for block in page.blocks.values() if block.id != GENERATED])
    return insert(page, at, [_CHARTS_HEADING, block_text(CHARTS, content, page.newline)])
