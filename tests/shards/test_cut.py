"""Which folders are shards, and which paths are theirs."""

from __future__ import annotations

from pathlib import Path

import pytest
from results_bot.collect.discover import starts
from results_bot.collect.survey import dumped
from results_bot.config import SectionTable
from results_bot.page.packed import packed, unpacked
from results_bot.page.plan import patterns
from results_bot.shards.cut import MOST, Shard, joined, shards, splits
from results_bot.shards.in_git import digest_of, missing


def table(name: str, *runs: str, by_folder: bool = True) -> SectionTable:
    return SectionTable(id=name, runs=runs, by_folder=by_folder)


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ([table("a", "experiments/**")], {"experiments": True}),
        ([table("a", "experiments/sweep_*/run_*")], {"experiments": True}),
        ([table("a", "experiments/**", by_folder=False)], {"experiments": False}),
        ([table("a", "a/**"), table("b", "b/*", by_folder=False)], {"a": True, "b": False}),
        ([table("a", "a/**"), table("b", "a/x/*", by_folder=False)], {"a": False}),
        ([table("a", "a/**", "b/**")], {"a": True, "b": True}),
        ([table("a", "a/**", "b/**", by_folder=False)], {}),
        ([table("a", "*.db"), table("b", "runs/**")], {"": True}),
    ],
)
def test_what_is_split(sections: list[SectionTable], expected: dict[str, bool]) -> None:
    assert splits(sections, starts(patterns(sections))) == expected


def test_each_folder_is_a_shard() -> None:
    found = shards({"a": ["y", "x"], "b": None, "": ["z"]})
    assert [one.folders for one in found] == [("a/x",), ("a/y",), ("b",), ("z",)]
    assert len({one.name for one in found}) == 4


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (["s", "t", "u"], ["a", "b", "c"]),
        (["s", "s", "u"], ["ab", "c"]),
        (["st", "u", "t"], ["ac", "b"]),
        (["s", "tu", "st"], ["abc"]),
        (["", "", ""], ["a", "b", "c"]),
    ],
)
def test_what_claims_the_same_is_one(claims: list[str], expected: list[str]) -> None:
    found = joined([Shard(("a",)), Shard(("b",)), Shard(("c",))], claims)
    assert ["".join(one.folders) for one in found] == expected


def test_of_many_folders_several_are_one_shard_and_stay_so() -> None:
    names = [f"run_{number}" for number in range(1_000)]
    found = shards({"a": names})
    assert len(found) <= MOST
    assert sorted(f for one in found for f in one.folders) == sorted(f"a/{n}" for n in names)
    more = shards({"a": [*names, "another"]})
    assert len(set(more) - set(found)) == 1


def test_what_is_in_no_shard_is_missed(tmp_path: Path) -> None:
    in_git = [
        "a/gone/run/metrics.json", "a/here/run/metrics.json", "a/here.json", "a/here0/metrics.json",
        "a/notes.md", "a/there.json",
    ]  # fmt: skip
    survey = dumped({"a/here/run": {"metrics.json": b"stat"}})
    (tmp_path / "a").mkdir()
    (tmp_path / "a/there.json").touch()
    whole = digest_of(["a/here/run/metrics.json"])
    other = (Shard(("a/other",)), b"", b"")

    def found(shard: str, survey: bytes, files: bytes) -> list[str]:
        shards = [(Shard((shard,)), survey, files), other]
        return sorted(missing(tmp_path, sorted(in_git), ["a/**"], shards))

    gone = ["a/gone/run/metrics.json", "a/here.json", "a/here0/metrics.json"]
    assert found("a/here", b"", whole) == gone
    assert found("a/here", survey, b"other") == gone
    assert found("a/here", dumped({}), b"other") == sorted(["a/here/run/metrics.json", *gone])
    assert found("a", dumped({}), digest_of(sorted(in_git))) == []


@pytest.mark.parametrize(
    "texts",
    [
        [], ["a"], [""], ["a", "b"], [None], [None, "a", None], ["a\nb", "c"], ["a\0", None],
        ["\0"], ["", ""], ["a", "\n"],
    ],
)  # fmt: skip
def test_a_packed_column_comes_back(texts: list[str | None]) -> None:
    assert list(unpacked(packed(texts))) == texts
