"""A run of one file is told as if it were one of several, and its numbers as if they were read."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from results_bot.collect import combine
from results_bot.collect.finals import Finals, columns
from results_bot.collect.found import Plain, Shape
from results_bot.model import Direction, Kind, Reading, Run

NAMES = ("val_loss", "accuracy", "epochs", "foo", "lr")
SETTINGS = st.dictionaries(
    st.sampled_from(NAMES), st.integers() | st.text(max_size=2) | st.none(), max_size=2
)
PATHS = st.sampled_from(["runs/a", "runs/a.json", "a/.json", "", "runs/a\nb.csv", "runs/v1.5"])


@st.composite
def plains(draw: st.DrawFn) -> Plain:
    names = tuple(draw(st.lists(st.sampled_from(NAMES), max_size=4)))
    settings = draw(SETTINGS)
    values = tuple(draw(st.floats()) for _ in names)
    return Plain("runs/a/m.json", Shape(names, tuple(settings)), values, tuple(settings.values()))


@given(PATHS, plains())
def test_one_file_tells_what_several_would(path: str, said: Plain) -> None:
    run, remarks = combine._run(path, [(said.path, said)])
    names = said.shape.names
    assert said.shape.are_finals is (len({*names}) == len(names))
    if said.shape.are_finals:
        assert repr(combine._run_of_one(path, said)) == repr(run)
        assert remarks == []


def of(names: str, *values: float, run: str = "a") -> Run:
    said = Plain(f"{run}/m.json", Shape(tuple(names.split())), values)
    return combine._run_of_one(run, said)


def test_final_numbers_are_readings() -> None:
    finals = of("loss acc", 0.5, 0.9).readings
    assert isinstance(finals, Finals)
    assert finals["acc"] == Reading("acc", 0.9, "a/m.json")
    assert (list(finals), len(finals), "acc" in finals) == (["loss", "acc"], 2, True)
    assert finals.get("f1") is None
    with pytest.raises(KeyError):
        finals["f1"]


OTHER = Reading("loss", 0.5, "a/m.json", Kind.BEST, 3, Direction.LOWER)


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([of("loss acc", 0.5, 0.9), of("loss acc", 0.25, 0.8)], {"loss": (0.5, 0.25), "acc": ...}),
        ([of("loss", 0.5)], {"loss": (0.5,)}),
        ([of(""), of("")], {}),
        ([], None),
        ([of("loss", 0.5), None], None),
        ([of("loss", 0.5), of("loss acc", 0.5, 0.9)], None),
        ([of("loss acc", 0.5, 0.9), of("acc loss", 0.9, 0.5)], None),
        ([of("loss", 0.5), Run("a", "a", {"loss": OTHER})], None),
    ],
)
def test_runs_that_tell_the_same_are_told_by_column(
    runs: list[Run | None], expected: Mapping[str, object] | None
) -> None:
    found = columns(runs)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert found.keys() == expected.keys()
        assert all(one in (..., found[name]) for name, one in expected.items())
