"""The page of a tree whose shards were done each by itself; None where they do not go apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property, partial

import msgspec

from results_bot.collect.combine import is_told
from results_bot.collect.samples import Samples
from results_bot.model import Collection, Problem, Run
from results_bot.page.made import Made, MadeSection
from results_bot.page.page import Fresh, page_of
from results_bot.page.plan import patterns, plan
from results_bot.page.results_md import OWN
from results_bot.page.stored import StoredMade
from results_bot.shards.crew import results
from results_bot.shards.cut import Shard, joined
from results_bot.shards.in_git import missing
from results_bot.shards.memory import clear
from results_bot.shards.work import Done, Result, Task, made_again


class Whole:
    """What came of all shards."""

    def __init__(self, task: Task, shards: Sequence[Shard], found: Sequence[Result]) -> None:
        self._task, self._shards, self._found = task, shards, found
        self._done = [msgspec.msgpack.decode(one.done, type=Done) for one in found]

    @property
    def goes_apart(self) -> bool:
        """Tell whether all together would have given the same as each by itself.

        What two shards claim is another matter: `claims`.
        """
        return self._unfinished_are_known_alike and not any(one.strays for one in self._done)

    @property
    def claims(self) -> list[set[str]]:
        """What may only be of one shard: sections, and runs by the ids that tools give them."""
        return [
            {f"section {section.frame.id}" for section in one.sections}
            | {f"run {name}" for name in one.identities}
            for one in self._done
        ]

    @property
    def keeps(self) -> bool:
        """Tell whether the page keeps anything that may have to go."""
        made = {section.frame.id for one in self._done for section in one.sections}
        return any(one.keeps for one in self._done) or not made.issuperset(
            self._task.page.blocks.keys() - set(OWN)
        )

    def missing(self, in_git: Sequence[str]) -> list[str]:
        """Return those of git's paths that hold artifacts and are not here."""
        both = zip(self._shards, self._found, strict=True)
        told = ((shard, one.survey, one.files) for shard, one in both)
        return missing(self._task.root, in_git, patterns(self._task.sections), told)

    @property
    def _unfinished_are_known_alike(self) -> bool:
        """Tell whether unfinished runs are told by the same files in one shard as in all."""
        told = {name for one in self._done for name in one.told}
        return all(
            is_told(set(own), set(one.told)) is is_told(set(own), told)
            for one in self._done
            for own in one.unfinished
        )

    @property
    def collection(self) -> Collection:
        """What could not be used, without the runs."""
        done = self._done
        unsupported = _in_order([problem for one in done for problem in one.unsupported])
        return Collection(
            problems=tuple(_in_order([problem for one in done for problem in one.problems])),
            remarks=(*unsupported, *(remark for one in done for remark in one.remarks)),
        )

    @property
    def surveys(self) -> list[bytes]:
        """What lies in each shard."""
        return [one.survey for one in self._found]

    @property
    def newest(self) -> int:
        """When any of the files was last touched, in nanoseconds."""
        return max((one.newest for one in self._done), default=0)

    @property
    def trouble(self) -> bool:
        """Tell whether there was what cannot be used, or was going away."""
        return any(one.trouble for one in self._done)

    def page(
        self, old: str | None, now: datetime, samples: Callable[[Run], Samples | None]
    ) -> Fresh:
        """Return the page, as `regenerate` does."""
        page, config, sections = self._task.page, self._task.config, self._task.sections
        found = {kept.frame.id: kept for one in self._done for kept in one.sections}
        planned = plan((), sections, [*page.blocks, *found], fold_seeds=False)
        made: list[Made] = [
            StoredMade(found[one.id], one.table, page.content(one.id), partial(self._again, one.id))
            if one.id in found
            else MadeSection(one, config, page.content(one.id), frozenset())
            for one in planned
        ]
        return page_of(page, old, made, config, sections, now, samples)

    def _again(self, section_id: str) -> MadeSection:
        return self._sections_of(self._places[section_id])[section_id]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {kept.frame.id: at for at, one in enumerate(self._done) for kept in one.sections}

    @cached_property
    def _again_made(self) -> dict[int, dict[str, MadeSection]]:
        return {}

    def _sections_of(self, at: int) -> dict[str, MadeSection]:
        if at not in self._again_made:
            made = made_again(self._task, self._shards[at], self._found[at].survey)
            self._again_made[at] = made
        return self._again_made[at]


def whole(
    task: Task,
    shards: Sequence[Shard],
    in_git: Callable[[], Sequence[str]],
    begin: Callable[[], None] = lambda: None,
    progress: Callable[[int], None] = lambda _: None,
) -> Whole | None:
    """Have all shards done; None where they do not go apart, or rows have to go.

    Those that something comes from together are done again as one. `in_git` returns, in order, what
    git has under the folders that hold runs; it is asked where the page keeps what may have to go,
    and `begin` is called as soon as that is known.
    """

    def done(one: Result) -> None:
        progress(1)
        if one.keeps:
            begin()

    try:
        found = results(task, shards, done)
        one = Whole(task, shards, found)
        fewer = joined(shards, one.claims)
        if len(fewer) < len(shards):
            known = dict(zip(shards, found, strict=True))
            again = [shard for shard in fewer if shard not in known]
            known |= dict(zip(again, results(task, again), strict=True))
            one = Whole(task, fewer, [known[shard] for shard in fewer])
    except UnicodeEncodeError:
        return None  # A name that only travels within one process.
    clear(task.folder, (shard.name for shard in {*shards, *fewer}))
    if len(fewer) < 2 or not one.goes_apart or (one.keeps and one.missing(in_git())):
        return None
    return one


def _in_order(problems: Sequence[Problem]) -> list[Problem]:
    """Return problems as the walk comes by: folder by folder, each by the names in it."""
    return sorted(problems, key=lambda problem: problem.file.split("/"))
