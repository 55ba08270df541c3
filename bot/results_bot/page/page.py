"""The whole new text of the page, from runs, the old text and the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby

import msgspec

from results_bot.collect.samples import Samples, read_once
from results_bot.config import Config, SectionTable
from results_bot.hostile import markdown
from results_bot.model import Collection, Run, Summary
from results_bot.page import charts
from results_bot.page.facts.facts import Facts
from results_bot.page.made import Made, RunsBehind
from results_bot.page.material import Material, no_samples
from results_bot.page.plan import plan
from results_bot.page.read import read
from results_bot.page.results_md import (
    CHARTS,
    GENERATED,
    OWN,
    TAKEAWAYS,
    Block,
    Page,
    block_text,
    parse_page,
    splice,
)
from results_bot.page.table_md import parser
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
    text = page.text if page.text == old else _dated(page, config, now)
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
    at = _end_of_siblings(page, new[0].table.id)
    # Behind the first comes what the second would look for a place in: where that is the end or
    # begins with what nothing goes over, it is the place of the second and of all others too.
    together = new if _is_boundary(page, at) else new[:1]
    newline = page.newline
    parts = [
        part
        for one in together
        for part in (
            f"{'#' * one.table.level} {markdown(one.section.title)}",
            block_text(one.section.id, one.content, newline),
        )
    ]
    return _inserted(page, at, parts), new[len(together) :]


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
    at = _line_after(page, [block for block in page.blocks.values() if block.id not in OWN])
    return _inserted(page, at, [_TAKEAWAYS_HEADING, block_text(TAKEAWAYS, content, page.newline)])


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
    at = _line_after(page, [block for block in page.blocks.values() if block.id != GENERATED])
    return _inserted(page, at, [_CHARTS_HEADING, block_text(CHARTS, content, page.newline)])


def _end_of_siblings(page: Page, family: str) -> int:
    """Return the offset after the last block of one template, else of any section."""
    siblings = [
        block
        for block in page.blocks.values()
        if block.id == family or block.id.startswith(f"{family}/")
    ]
    return _line_after(
        page, siblings or [block for block in page.blocks.values() if block.id not in OWN]
    )


def _line_after(page: Page, blocks: Sequence[Block]) -> int:
    """Return the offset where what belongs to the last of `blocks` ends.

    People's words under a table stay with it: that is the next heading, the next block, or the end
    of the page.
    """
    last = max(blocks, key=lambda block: block.end, default=None)
    line_end = page.text.find("\n", last.end) if last else -1
    if last is None or line_end < 0:
        return len(page.text)
    start = line_end + 1
    end = _next_block(page, start)
    heading = _first_heading(page.text[start:end])
    return end if heading is None else start + heading


def _is_boundary(page: Page, at: int) -> bool:
    """Tell whether the page ends at an offset, or a block or a heading begins there."""
    end = _next_block(page, at)
    return at == end or _first_heading(page.text[at:end]) == 0


def _next_block(page: Page, start: int) -> int:
    """Return the offset of the first begin marker from `start` on, else of the page's end."""
    begins = (page.text.rfind("\n", 0, block.start - 1) + 1 for block in page.blocks.values())
    return min((at for at in begins if at >= start), default=len(page.text))


def _first_heading(text: str) -> int | None:
    """Return the offset of the line where the first heading begins, None where there is none."""
    if not text.strip():
        return None
    heads = (token.map for token in parser().parse(text) if token.type == "heading_open")
    line = next((lines[0] for lines in heads if lines), None)
    return None if line is None else len("\n".join(text.split("\n")[:line])) + (line > 0)


def _inserted(page: Page, at: int, parts: Sequence[str]) -> str:
    """Return the page's text with paragraphs put in at an offset; no other byte changes."""
    newline = page.newline
    before, after = page.text[:at], page.text[at:]
    while before and not before.endswith(newline * 2):
        before += newline
    gap = newline if not after or after.startswith(newline) else newline * 2
    return before + (newline * 2).join(parts) + gap + after


def _dated(page: Page, config: Config, now: datetime) -> str:
    """Renew the `Generated:` line of a page in which something else changed."""
    wanted = GENERATED in page.blocks if config.generated is None else config.generated
    if not wanted:
        return page.text
    stamp = f"Generated: **{now.astimezone(UTC):%Y-%m-%d %H:%M} UTC**"
    if GENERATED in page.blocks:
        return splice(page, {GENERATED: stamp})
    lines = page.text.split(page.newline)
    at = next((i + 1 for i, line in enumerate(lines) if line.startswith("# ")), 0)
    block = ["", *block_text(GENERATED, stamp, page.newline).split(page.newline)]
    return page.newline.join([*lines[:at], *block, *lines[at:]])
