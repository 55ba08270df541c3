"""A document's leaves become metrics and settings; depth and number are bounded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from results_bot.collect import flatten
from results_bot.collect.file import UnreadableError

from tests.collect.readers.recorded import file_of, read_bytes

KEYS = st.sampled_from(
    " loss val_loss accuracy lr epoch num_samples split step time foo a.b a b params test metrics "
    "config best_val_loss notes seed values results x\u202ey é".split(" ")
)
TEXTS = st.sampled_from(
    ["", "adam", "nan", "-Infinity", "0.5", "1e3", "007", "1_0", "test", "val set", "a\nb", " 3 "]
)
NUMBERS = st.one_of(
    st.integers(),
    st.sampled_from([0, -0.0, 2**63, 2**64, 10**400, -(10**400), 1e308]),
    st.floats(),
)
LEAVES = st.one_of(NUMBERS, TEXTS, st.booleans(), st.none(), st.lists(st.integers(), max_size=2))
DOCUMENTS = st.recursive(
    st.dictionaries(KEYS, LEAVES, max_size=5),
    lambda inner: st.dictionaries(KEYS, st.one_of(LEAVES, inner), max_size=5),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS, st.sampled_from(["metrics", "config", "metadata", "test_results", ""]))
def test_every_number_is_a_metric_or_a_setting(document: dict[str, Any], stem: str) -> None:
    found = flatten.leaves(document, "f", stem)
    assert all(isinstance(one.value, float) and one.name for one in found.readings)
    assert all(value is None or not isinstance(value, list) for value in found.params.values())
    if stem == "config":
        assert not found.readings


def test_leaves_are_sorted_by_name_and_type() -> None:
    document = {
        "test_loss": 0.5,
        "params": {"lr": 0.1, "name": "a"},
        "note": "x",
        "history": [1],
        "accuracy": "high",
        "passed": True,
    }
    found = flatten.leaves(document, "f", "metrics")
    assert [(one.name, one.value) for one in found.readings] == [("test_loss", 0.5)]
    assert found.params == {"params.lr": 0.1, "params.name": "a"}
    assert [name for name, _ in found.left_out] == ["history", "accuracy", "passed"]


@pytest.mark.parametrize("depth", [31, 32, 33, 2_000])
def test_depth_is_bounded(depth: int) -> None:
    document: dict[str, Any] = {"loss": 0.5}
    for _ in range(depth):
        document = {"a": document}
    if depth < flatten.MAX_DEPTH:
        assert [one.value for one in flatten.leaves(document, "f", "m").readings] == [0.5]
    else:
        with pytest.raises(UnreadableError, match="32 levels"):
            flatten.leaves(document, "f", "m")


def test_a_document_that_holds_itself_ends() -> None:
    document: dict[str, Any] = {"loss": 0.5}
    document["again"] = document
    with pytest.raises(UnreadableError):
        flatten.leaves(document, "f", "m")


def test_the_number_of_entries_is_bounded() -> None:
    wide = {f"a{number}": {f"b{inner}": 1 for inner in range(200)} for number in range(200)}
    with pytest.raises(UnreadableError, match="20,000 entries"):
        flatten.leaves(wide, "f", "m")


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS, st.booleans())
def test_doubled_keys_are_found_however_many_colons_there_are(
    document: dict[str, Any], spaced: bool
) -> None:
    text = json.dumps(document, separators=(",", " : " if spaced else ":"))
    assert file_of("a/m.json", text.encode()).doubled_keys() == ()
    doubled = f'{{"zz":1,"zz":2{"," if document else ""}{text[1:]}'
    assert file_of("a/m.json", doubled.encode()).doubled_keys() == ("zz",)
    [found] = read_bytes("a/m.json", b'{"loss": 1, "loss": 2.5, "x": "a:b"}')
    assert [one.value for one in found.readings] == [2.5]
    assert found.remarks == ("`loss` is more than once in one object; the last one counts",)
