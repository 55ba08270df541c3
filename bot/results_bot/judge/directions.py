"""Directions that a page or its artifacts stated on the base side, and no longer do.

A change cannot choose by which direction it is judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from results_bot.config import Config
from results_bot.metric_names import Role, direction, role
from results_bot.model import Direction, Metric, Run
from results_bot.page.choice import Readings
from results_bot.page.section import Place, Summary


def turned(
    base: Summary, head: Summary, former: Mapping[Place, Run], config: Config
) -> Iterator[tuple[str, Metric, Direction]]:
    """Yield section, metric and former direction where the head's metric has another.

    `former` are the runs behind the base's rows, and `config` is the base's. What a name implies
    counts only where these runs hold the metric: without them nobody knows what they stated.
    """
    for section in head.sections:
        page = base.section(section.id)
        titles = {metric.title: metric.direction for metric in page.metrics} if page else {}
        readings = Readings([run for (id_, _), run in former.items() if id_ == section.id])
        for metric in section.compared:
            configured = config.metrics.get(metric.key)
            was = readings.direction(metric)
            if configured and configured.direction:
                was = configured.direction
            elif was is Direction.UNKNOWN and (
                any(map(readings.having, metric.sources))
                or direction(metric.key) is Direction.UNKNOWN
            ):
                was = titles.get(metric.title, was)
            judged = was is not Direction.UNKNOWN and role(metric.key) is not Role.COUNT
            if judged and metric.direction is not was:
                yield section.id, metric, was


def as_stated(runs: Iterable[Run], former: Iterable[Run]) -> tuple[Run, ...]:
    """Return the runs with the directions that their artifacts stated before.

    A run that is new has those of the others, where they agree.
    """
    own: dict[tuple[str, str], Direction] = {}
    shared: defaultdict[str, set[Direction]] = defaultdict(set)
    for run in former:
        for name, reading in run.readings.items():
            own[run.path, name] = reading.direction
            shared[name].add(reading.direction)

    def before(run: Run, name: str, stated: Direction) -> Direction:
        if name not in shared:
            return stated
        known = shared[name] - {Direction.UNKNOWN}
        other = next(iter(known)) if len(known) == 1 else Direction.UNKNOWN
        return own.get((run.path, name), other)

    return tuple(
        replace(
            run,
            readings={
                name: replace(one, direction=before(run, name, one.direction))
                for name, one in run.readings.items()
            },
        )
        for run in runs
    )
