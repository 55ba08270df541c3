"""Recognise the runs of the base that stand elsewhere on the head's page.

A run is known by its artifacts' path or, renamed, by its settings, its values or its name. Only a
pair that is unique on both sides is one run; any other run left the page or is new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Hashable, Mapping

from msgspec.structs import replace

from results_bot.metric_names import tokens
from results_bot.model import Row, Run
from results_bot.page.replicates import defining_settings
from results_bot.page.section import Place, Summary, is_judged

FEWEST = 2
"""Values that two rows must share before one is taken for the other."""
Rows = Mapping[Place, tuple[Row, Run | None]]


def moves(
    base: Summary,
    head: Summary,
    former: Callable[[], Mapping[Place, Run]] | None = None,
    runs: Mapping[Place, Run] = {},
) -> dict[Place, Place]:
    """Map places on the head's page to the places where the same runs stood on the base's.

    `runs` are the runs behind the head's rows, and `former`, called only where a row left and
    another came, returns those behind the base's. Without it only rows of equal values are one.
    """
    before, after = (
        {(one.id, row.run): row for one in side.sections for row in one.rows}
        for side in (base, head)
    )
    if before.keys() <= after.keys() or after.keys() <= before.keys():
        return {}
    behind = former() if former else {}
    left = {at: (row, behind.get(at)) for at, row in before.items() if at not in after}
    came = {at: (row, runs.get(at)) for at, row in after.items() if at not in before}
    metrics = [metric for side in (base, head) for one in side.sections for metric in one.metrics]
    typed = {metric.key for metric in metrics if not metric.sources}
    unjudged = {metric.key for metric in metrics if not is_judged(metric)}
    found: dict[Place, Place] = {}

    def match(
        key: Callable[[Place, Row, Run | None], Hashable],
        *,
        certain: bool = False,
        alike: bool = False,
    ) -> None:
        """Pair the places that alone have a key, unless their settings show two experiments."""
        old, new = _by(key, left), _by(key, came)
        for shared in [one for one in new if one in old]:
            was, now = old[shared], new[shared]
            known = {_settings(left[was][1]), _settings(came[now][1])} - {None}
            may_be = not alike or _are_alike(left[was][0], came[now][0], unjudged)
            if may_be and (certain or len(known) < 2):
                found[now] = was
                del left[was], came[now]

    match(lambda *one: one[2] and one[2].path, certain=True)
    match(lambda *one: _settings(one[2]))
    match(lambda *one: _values(one[1]), certain=True)
    match(lambda *one: _values(one[1], typed), certain=True)
    if former is not None:
        match(lambda *one: one[0][1])  # The name, in another section.
        # The only run that left a section, and the only new one.
        match(lambda *one: one[0][0], alike=True)
    return found


def relocated(base: Summary, moved: Mapping[Place, Place], head: Summary) -> Summary:
    """Return the base with moved runs in the section and under the name that the head has."""
    if not moved:
        return base
    now = {was: place for place, was in moved.items()}
    sections = {one.id: one for one in base.sections}
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for one in base.sections:
        for row in one.rows:
            section_id, name = now.get((one.id, row.run), (one.id, row.run))
            rows[section_id].append(replace(row, run=name))
            if section_id != one.id:
                there = sections.get(section_id)
                like = there or replace(head.section(section_id) or one, unfinished=(), runs={})
                own = there.metrics if there else ()
                metrics = {metric.key: metric for metric in (*one.metrics, *own)}
                sections[section_id] = replace(like, metrics=tuple(metrics.values()))
    return Summary(
        tuple(replace(one, rows=tuple(rows[section_id])) for section_id, one in sections.items())
    )


def _by(key: Callable[[Place, Row, Run | None], Hashable], rows: Rows) -> dict[Hashable, Place]:
    """Return the places by their keys, where a key has one place only."""
    places: defaultdict[Hashable, list[Place]] = defaultdict(list)
    for place, (row, run) in rows.items():
        places[key(place, row, run)].append(place)
    return {one: found[0] for one, found in places.items() if len(found) == 1 and one is not None}


def _settings(run: Run | None) -> Hashable:
    """Return the settings that define an experiment; None where none are known."""
    return (defining_settings(run.params) if run else None) or None


def _values(row: Row, typed: Container[str] = ()) -> Hashable:
    """Return the cells of a row, but those `typed` by hand; None where too few to know it by."""
    texts = _cells(row, typed)
    return texts if len(texts) >= FEWEST else None


def _cells(row: Row, but: Container[str]) -> frozenset[tuple[str, str]]:
    return frozenset((key, value.text) for key, value in row.values.items() if key not in but)


def _are_alike(old: Row, new: Row, unjudged: Container[str]) -> bool:
    """Return True if one name begins or ends with the other, or several results are equal."""
    short, long = sorted(("".join(tokens(row.run)) for row in (old, new)), key=len)
    is_part = short != "" and (long.startswith(short) or long.endswith(short))
    return is_part or len(_cells(old, unjudged) & _cells(new, unjudged)) >= FEWEST
