"""Where names need no key to be in the order in which people count."""

from __future__ import annotations

import random

from hypothesis import assume, given
from hypothesis import strategies as st
from results_bot.natural import spelled_alike
from results_bot.page.row_order import natural as natural_name

SHAPE = st.text(st.sampled_from("0011ab_/.-²٣é"), max_size=30)


@given(SHAPE, st.randoms(use_true_random=False))
def test_names_spelled_alike_sort_as_they_count(shape: str, rng: random.Random) -> None:
    names = list({"".join(rng.choice("0129") if c in "01" else c for c in shape) for _ in range(9)})
    assert spelled_alike(names) == "".join(names).isascii()
    assert sorted(names) == sorted(names, key=natural_name)


@given(st.lists(SHAPE, unique=True))
def test_where_characters_and_numbers_differ_names_are_not_spelled_alike(names: list[str]) -> None:
    assume(sorted(names) != sorted(names, key=natural_name))
    assert not spelled_alike(names)


def test_numbers_of_several_lengths_are_not_spelled_alike() -> None:
    assert spelled_alike(["run_07", "run_12"])
    assert not spelled_alike(["run_7", "run_12"])
    assert not spelled_alike(["run_7", "rum_7"])
    assert not spelled_alike(["x\nx", "x", "x\nx\nx"])
    assert spelled_alike([])
