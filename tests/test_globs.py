"""Path patterns: what they fit, where a walk for them begins and what it enters."""

from __future__ import annotations

import pytest

from bot.globs import enterable, is_wild, literal_prefix, matches


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
        ("runs/exp?", ["runs/exp1"], ["runs/exp", "runs/exp10", "runs/exp/"]),
        ("runs/[a].(b)+", ["runs/[a].(b)+"], ["runs/a", "runs/a.b"]),
        ("a\nb/*", ["a\nb/c\nd"], ["a b/c"]),
    ],
)
def test_what_a_pattern_fits(pattern: str, fits: list[str], fits_not: list[str]) -> None:
    assert [path for path in fits + fits_not if matches(pattern, path)] == fits


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


def test_a_pattern_without_a_wildcard() -> None:
    assert (is_wild("runs/best"), is_wild("runs/?")) == (False, True)
