"""Patterns that are compiled late are patterns all the same."""

from __future__ import annotations

import re

import pytest
from results_bot.patterns import later


def test_a_late_pattern_does_what_a_pattern_does() -> None:
    late, early = later("(?P<word>a+)b", re.IGNORECASE), re.compile("(?P<word>a+)b", re.IGNORECASE)
    text = "xAAb, ab"
    assert late.sub("-", text) == early.sub("-", text)
    assert [found["word"] for found in late.finditer(text)] == ["AA", "a"]
    assert late.fullmatch(text) is None
    assert (late.pattern, late.flags) == (early.pattern, early.flags)


def test_it_is_compiled_once_and_only_when_asked() -> None:
    broken = later("(")
    with pytest.raises(re.error):
        broken.search("")
    late = later("a")
    assert late.search is late.search
