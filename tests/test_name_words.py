"""Words of run names: of names that differ in digits alone two tell as much as all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from results_bot.page.facts import name_words

NAMES = st.one_of(
    st.lists(st.text("ab0_1-É"), max_size=4),
    st.tuples(st.text("ab_-"), st.text("b_"), st.lists(st.integers(10, 99), max_size=4)).map(
        lambda made: [f"{made[0]}{number}{made[1]}" for number in made[2]]
    ),
)


@given(NAMES)
def test_few_names_tell_the_words_of_all(names: list[str]) -> None:
    told = name_words.words(names)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(name_words, "spelled_alike", lambda _: False)
        assert told == name_words.words(names)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["resnet_01", "resnet_02", "resnet_03"], ["resnet", "resnet"]),
        (["run_01", "run_02"], []),
        (["a1x_1", "a2x_1"], ["a1x", "a2x"]),
        (["resnet"], ["resnet"]),
        ([], []),
    ],
)
def test_words_that_say_something(names: list[str], words: list[str]) -> None:
    assert name_words.words(names) == words
