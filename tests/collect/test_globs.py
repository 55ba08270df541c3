"""Path patterns: what they fit, where a walk for them begins and what it enters."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from results_bot.globs import (
    any_of,
    covers,
    enterable,
    enterable_of,
    literal_prefix,
    matches,
)


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        (
            "runs/*",
            ["runs/a", "runs/a.json", "runs/ü b"],
            ["runs", "runs/a/b", "other/a", "xruns/a"],
        ),
        ("runs/**", ["runs", "runs/a", "runs/a/b/c"], ["run", "runsx", "xruns/a"]),
        ("runs/**/best", ["runs/best", "runs/a/b/best"], ["runs/a/best/c", "runs/abest"]),
        ("**", ["", "a", "a/b"], []),
        (
            "**/a/*/**/b*c",
            ["a/x/bc", "x/a/a/y/z/b-c", "a/b/c/a/b/bbc"],
            ["a/bc", "a/x/b", "x/a/y/bc/d"],
        ),
        ("x/**/b/**", ["x/b", "x/bc/b/d", "x/y/b/c"], ["x/bc", "xb"]),
        ("runs/*_a*_b*", ["runs/x_a_b", "runs/_a_a_b_b"], ["runs/_b_a", "runs/_a/_b"]),
        ("runs/exp?", ["runs/exp1"], ["runs/exp", "runs/exp10", "runs/exp/"]),
        ("runs/[a].(b)+", ["runs/[a].(b)+"], ["runs/a", "runs/a.b"]),
        ("a\nb/*", ["a\nb/c\nd"], ["a b/c"]),
    ],
)
def test_what_a_pattern_fits(pattern: str, fits: list[str], fits_not: list[str]) -> None:
    assert [path for path in fits + fits_not if matches(pattern, path)] == fits


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("runs/a", {"runs/*", "runs/**", "runs/a", "**", "*/a"}),
        ("runs/**", {"runs/**", "**"}),
        ("runs/*/*", {"runs/**", "runs/*/*", "**"}),
    ],
)
def test_what_covers_a_pattern(narrow: str, wide: set[str]) -> None:
    every = ("runs/*", "runs/**", "runs/*/*", "runs/a", "runs/**/a", "**", "*", "*/a")
    assert {one for one in every if covers(one, narrow)} == wide


PATTERNS = ("runs/*", "runs/**/a", "**/b", "a.b/?", "runs/a", "")


@given(
    st.lists(st.sampled_from(PATTERNS)).map(tuple),
    st.lists(st.sampled_from(["runs", "a", "b", "a.b", "axb", "c\n"])).map("/".join),
)
def test_several_patterns_fit_as_the_first_that_fits(patterns: tuple[str, ...], path: str) -> None:
    found = any_of(patterns)(path)
    first = next((at for at, one in enumerate(patterns, 1) if matches(one, path)), None)
    assert (found.lastindex if found else None) == first


@pytest.mark.parametrize(
    ("pattern", "prefix"),
    [("runs/*", "runs"), ("a/b/*/c", "a/b"), ("*", ""), ("runs/best", "runs"), ("a/**", "a")],
)
def test_where_the_walk_begins(pattern: str, prefix: str) -> None:
    assert literal_prefix(pattern) == prefix


@pytest.mark.parametrize(
    ("pattern", "folder", "entered"),
    [
        ("runs/*/x", "", True),
        ("runs/*/x", "runs", True),
        ("runs/*/x", "runs/a", True),
        ("runs/*/x", "runs/a/y", False),
        ("runs/*/x", "runs/a/x/deep", True),
        ("runs/*", "other", False),
        ("runs/**", "runs/a/b/c", True),
    ],
)
def test_what_the_walk_enters(pattern: str, folder: str, entered: bool) -> None:
    assert enterable(pattern, folder) is entered


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("experiments/*-*-*-*", "experiments/" + "-" * 5_000 + "/x"),
        ("*a*a*a*a*a*a*a*ab", "a" * 5_000),
        ("**/a/**/a/**/a/**/a/**/b", "a/" * 1_000 + "c"),
        ("**/a/**/a/**/a/**", "a/" * 1_000 + "c"),
    ],
)
def test_no_path_takes_long(pattern: str, path: str) -> None:
    began = time.perf_counter()
    matches(pattern, path)
    enterable(pattern, path)
    assert time.perf_counter() - began < 1


def entered_part_by_part(pattern: str, folder: str) -> bool:
    """Return the same as `enterable`, name by name."""
    for part, name in zip(pattern.split("/"), folder.split("/"), strict=False):
        if part == "**":
            return True
        if not matches(part, name):
            return False
    return True


PARTS = st.sampled_from(["a", "ab", "a.b", "*", "**", "a*", "?b", "a**b", "x+", ".*", "", "\n"])
NAMES = st.sampled_from(["a", "ab", "a.b", "axb", "b", "x+", ".", "\n", "xx", "a\nb"])


@given(
    st.lists(st.lists(PARTS, min_size=1, max_size=4).map("/".join), max_size=3).map(tuple),
    st.lists(NAMES, min_size=1, max_size=5).map("/".join),
)
def test_entering_is_asked_of_whole_paths_at_once(patterns: tuple[str, ...], folder: str) -> None:
    entered = any(entered_part_by_part(one, folder) for one in patterns)
    assert (enterable_of(patterns)(folder) is not None) is entered
    assert any(enterable(one, folder) for one in patterns) is entered
