"""A run of one file is told as if it were one of several."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.collect import combine
from bot.collect.found import Found
from bot.model import Direction, Kind, Reading, Status

NAMES = st.sampled_from(["val_loss", "accuracy", "epochs", "foo", "lr"])
READINGS = st.builds(
    Reading,
    NAMES,
    st.floats(),
    st.just("runs/a/m.json"),
    st.sampled_from(Kind),
    st.none() | st.integers(0, 9),
    st.sampled_from(Direction),
)
FOUND = st.builds(
    Found,
    st.lists(READINGS, max_size=3).map(tuple),
    st.dictionaries(NAMES, st.integers() | st.text(max_size=2) | st.none(), max_size=2),
    predictions=st.booleans(),
    status=st.none() | st.sampled_from(Status),
    name=st.none() | st.just("better"),
    log=st.sampled_from(["", "log"]),
    order=st.none() | st.just((1.0,)),
)
PATHS = st.sampled_from(["runs/a", "runs/a.json", "a/.json", "", "runs/a\nb.csv", "runs/v1.5"])


@given(PATHS, FOUND)
def test_one_file_tells_what_several_would(path: str, piece: Found) -> None:
    alone = combine._run_of_one(path, "runs/a/m.json", piece)
    run, remarks = combine._run(path, [("runs/a/m.json", piece)])
    if alone is not None:
        assert repr(alone) == repr(run)
        assert remarks == []
    else:
        names = [one.name for one in piece.readings]
        assert piece.name or piece.predictions or piece.status or len({*names}) < len(names)
