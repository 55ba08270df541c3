"""The route from runs to the text of the page, and from its text back to a summary."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial

import msgspec
from msgspec.structs import replace

from results_bot.collect.samples import Samples, read_once
from results_bot.config import Config, SectionTable
from results_bot.escape import markdown
from results_bot.model import Collection, Run
from results_bot.page import takeaways
from results_bot.page.charts import Chart, charts, links
from results_bot.page.choice import Readings
from results_bot.page.columns import metrics
from results_bot.page.document import (
    CHARTS,
    GENERATED,
    TAKEAWAYS,
    Page,
    block_text,
    end_of,
    end_of_family,
    insert,
    parse_page,
    splice,
    with_date,
)
from results_bot.page.facts import Facts
from results_bot.page.headings import with_headings, with_titles
from results_bot.page.markdown import TableText, parse, render
from results_bot.page.plan import Touched, ends, plan
from results_bot.page.rows import make_section
from results_bot.page.section import Place, Section, Summary, no_samples
from results_bot.page.tables import move_row, section_from, text_of, with_bold

_OWN_TAKEAWAYS = re.compile(
    r"(?im)^#{1,6} (?:(?:key |main )?(?:takeaways|findings|insights|conclusions?)|key results)\s*$"
)
"""A heading under which people draw their own conclusions."""
_NEW_PAGE = """\
# Results

results-bot keeps the tables between its markers; everything else on this page is yours to write.
"""


class HeadSide(msgspec.Struct, frozen=True):
    """What the page of a head is made from."""

    old: str | None
    """The text of the page; None if there is none."""
    collection: Collection
    samples: Callable[[Run], Samples | None] = no_samples
    """Reads a run's predictions."""
    former: Callable[[str], Mapping[Place, Run]] = lambda _: {}
    """Returns the runs behind the rows of a commit's page."""
    commits: Sequence[str] = ()
    """The former commits whose runs may have left since."""
    touched: Touched = Touched()
    """What became of the files of those commits."""
    configs: Sequence[Config] = ()
    """The configurations of former commits: the page may have their headings."""
    renamed: Mapping[Place, Place] = {}
    """Rows that get the cells of a row that the page has under another name."""
    dropped: frozenset[tuple[str, str, str]] = frozenset()
    """Section, run and metric of the page's cells that no artifact holds any more."""


class Fresh(msgspec.Struct, frozen=True, dict=True):
    """A regenerated page."""

    text: str
    summary: Summary
    facts: Facts
    """What is known of the summary with the runs behind it."""
    before: Mapping[str, TableText]
    """The tables of the old text, by section id, with the headings of now."""
    shown: Mapping[str, TableText]
    """The tables of the new text, by section id."""
    runs: Mapping[Place, Run]
    """Every run of the sections by its name there, unfinished ones too."""
    charts: Sequence[Chart] = ()
    """The charts that the new text links to; none where the configuration wants none."""

    @cached_property
    def committed(self) -> Summary:
        """The same sections as the old text had them."""
        return Summary(
            tuple(
                section_from(section, self.before[section.id], self.shown[section.id])
                for section in self.summary.sections
                if section.id in self.before
            )
        )


def regenerate(
    side: HeadSide, config: Config, sections: Sequence[SectionTable], now: datetime
) -> Fresh:
    """Return the page as it should be; `now` is only used if the text changes.

    Raises PageError if the markers are broken.
    """
    collection = side.collection
    page = parse_page(side.old if side.old is not None else _NEW_PAGE, config.page)
    planned = plan(
        collection.runs,
        sections,
        page.blocks,
        fold_seeds=config.fold_seeds,
        titles=collection.titles,
    )
    ended = ends(map(side.former, side.commits), planned, side.touched)
    before = {
        one.id: parse(page.blocks[one.id].content) for one in planned if one.id in page.blocks
    }
    retitled = {
        one.id: with_titles(before[one.id], config, side.configs, one.every_run.values())
        for one in planned
        if one.id in before
    }
    committed = {**retitled}
    for now_at, was_at in side.renamed.items():
        if now_at[0] in committed:
            move_row(committed, was_at, now_at)
    made, shown, blocks = [], {}, {}
    for one in planned:
        table, own_config = committed.get(one.id), config
        if table is not None and not one.settings.columns:
            former = partial(_former, side, one.id)
            table, own_config = with_headings(table, config, one.runs, former, one.settings.hide)
        section = make_section(one, own_config, table, ended.get(one.id, {}), side.dropped)
        made.append(section)
        shown[one.id] = text_of(section, table, config.has_bold)
        blocks[one.id] = render(shown[one.id])
    summary = Summary(tuple(made), read_once(side.samples))
    facts = Facts(summary)

    # A page that a formatter padded holds the same tables.
    contents = {
        key: blocks[key]
        for key, old_table in before.items()
        if (old_table, old_table.markup) != (shown[key], shown[key].markup)
    }
    for key in ended.keys() & page.blocks.keys() - blocks.keys():
        # A section that the configuration no longer has loses its rows to others all the same.
        table = parse(page.blocks[key].content)
        rows = tuple(row for row in table.rows if row[0] not in ended[key])
        if rows != table.rows:
            contents[key] = render(replace(table, rows=rows))
    old_text = page.text
    page = page.with_text(splice(page, contents), config.page)
    page = _with_new_sections(page, planned, summary, blocks)
    changed = page.text != old_text
    if config.takeaways:
        page = page.with_text(_with_takeaways(page, facts, changed=changed), config.page)
    # Charts show the page alone.
    drawn = charts(read(page.text, config, sections)) if config.charts else []
    page = page.with_text(_with_charts(page, config, drawn), config.page)
    text = page.text if page.text == side.old else with_date(page, now, wanted=config.generated)
    runs = {(one.id, name): run for one in planned for name, run in one.runs.items()}
    return Fresh(text, summary, facts, retitled, shown, runs, drawn)


def _former(side: HeadSide, section: str) -> Iterator[dict[str, Run]]:
    """Yield the runs behind a section's rows on the former pages."""
    for commit in side.commits:
        yield {run: one for (own, run), one in side.former(commit).items() if own == section}


def _with_new_sections(
    page: Page, planned: Sequence[Section], summary: Summary, blocks: Mapping[str, str]
) -> Page:
    """Add the blocks that the page does not have yet: after those of their family, else at the end.

    A family is the sections of one by-folder table of the configuration.
    """
    for one, section in zip(planned, summary.sections, strict=True):
        if section.id not in page.blocks and (section.rows or section.unfinished):
            heading = f"{'#' * one.settings.level} {markdown(section.title)}"
            block = block_text(section.id, blocks[section.id], page.newline)
            at = end_of_family(page, one.settings.id, one.settings.level)
            page = parse_page(insert(page, at, [heading, block]))
    return page


def _with_takeaways(page: Page, facts: Facts, *, changed: bool) -> str:
    """Renew the takeaways, or add them after the last section.

    If no table changed and some artifacts are not here, the takeaways stay: they were derived when
    all artifacts were at hand.
    """
    all_here = all(section.is_complete for section in facts.summary.sections)
    if TAKEAWAYS in page.blocks and not changed and not all_here:
        return page.text
    content = takeaways.render(takeaways.takeaways(facts))
    if content == takeaways.EMPTY or _OWN_TAKEAWAYS.search(page.text):
        return splice(page, {TAKEAWAYS: content}) if TAKEAWAYS in page.blocks else page.text
    return _with_block(page, TAKEAWAYS, "Key takeaways", content)


def _with_charts(page: Page, config: Config, drawn: Sequence[Chart]) -> str:
    """Renew the links to the charts, or add them at the end."""
    if not drawn and CHARTS not in page.blocks:
        return page.text
    return _with_block(page, CHARTS, "Charts", links(drawn, config.page))


def _with_block(page: Page, block: str, title: str, content: str) -> str:
    """Renew a block of the bot's own, or add it after the sections and the takeaways."""
    if block in page.blocks:
        return splice(page, {block: content})
    before = [one for one in page.blocks.values() if one.id not in (GENERATED, CHARTS)]
    at = end_of(page, before, level=2)
    return insert(page, at, [f"## {title}", block_text(block, content, page.newline)])


def read(text: str, config: Config, sections: Sequence[SectionTable]) -> Summary:
    """Return the summary that a page's text holds. Raises PageError if the markers are broken."""
    tables = parse_page(text, config.page).tables()
    return summary_of(tables, config, sections, only_planned=True)


def summary_of(
    tables: Mapping[str, TableText],
    config: Config,
    sections: Sequence[SectionTable],
    *,
    only_planned: bool = False,
) -> Summary:
    """Return parsed tables, by section id, as a summary, with the configuration but without runs.

    A table of a section that the configuration does not have is left out if `only_planned`.
    """
    planned = {one.id: one for one in plan((), sections, tables)}
    nothing = Readings(())
    out = []
    for section_id, table in tables.items():
        one = planned.get(section_id)
        if one is None:
            if only_planned:
                continue
            one = Section(section_id, section_id, settings=SectionTable(id=section_id))
        columns = metrics(config, one.settings, nothing, table)
        out.append(section_from(replace(one, metrics=columns), table))
    return Summary(tuple(out))


def arranged(
    block: str, table: TableText, config: Config, sections: Sequence[SectionTable]
) -> TableText:
    """Return the edited table of one block with its rows in order and the best in bold."""
    section = summary_of({block: table}, config, sections).sections[0].in_order()
    place = {row.run: at for at, row in enumerate(section.rows)}
    rows = tuple(sorted(table.rows, key=lambda row: place[row[0]]))
    order = text_of(section).sorted_by if table.sorted_by else None
    table = replace(table, rows=rows, sorted_by=order)
    return with_bold(table, section, config.has_bold)
