"""What is remembered of documents of one outline is what looking at each of them would tell."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from results_bot.collect import flatten
from results_bot.collect import outline as module
from results_bot.collect.files import UnreadableError
from results_bot.collect.found import Plain
from results_bot.collect.outline import Form, Outline, outline

from tests.readers.recorded import file_of, read_bytes

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
STEMS = st.sampled_from(["metrics", "config", "metadata", "test_results", "summary", ""])


def varied(document: Any, data: st.DataObject) -> Any:
    """Return a document of the same keys, most of its leaves others of the same type."""
    if isinstance(document, dict):
        return {key: varied(value, data) for key, value in document.items()}
    if data.draw(st.integers(0, 9)) == 0:
        return data.draw(LEAVES)
    same = {int: st.integers(), float: st.floats(), str: TEXTS, bool: st.booleans()}
    return data.draw(same.get(type(document), st.just(document)))


def told(document: Any, stem: str) -> str:
    return repr(flatten._sorted(document, "f", stem, flatten._split(document, stem)))


@settings(max_examples=400, deadline=None)
@given(DOCUMENTS, STEMS, st.data())
def test_a_layout_tells_what_looking_at_each_leaf_tells(
    document: dict[str, Any], stem: str, data: st.DataObject
) -> None:
    for other in (document, varied(document, data), varied(document, data)):
        assert repr(flatten.plain(other, "f", stem)) == told(other, stem)


def test_documents_of_many_runs_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    flatten.layout_of.cache_clear()
    first = {"loss": 0.5, "epochs": 3, "params": {"lr": 0.1, "name": "a"}, "note": "x", "l": [1]}
    other = {"loss": 2.5, "epochs": 4, "params": {"lr": 0.2, "name": "b"}, "note": "y", "l": []}
    flatten.plain(first, "f", "metrics")
    expected = told(other, "metrics")
    monkeypatch.setattr(flatten, "_sorted", lambda *_: pytest.fail("looked at again"))
    assert repr(flatten.plain(other, "f", "metrics")) == expected


@pytest.mark.parametrize(
    "other",
    [{1: {"loss": 0.5}}, {True: {"loss": 0.5}}, {1.0: {"loss": 0.5}}, {"1": {"loss": 0.5}}],
)
def test_keys_that_are_equal_are_not_alike(other: dict[Any, Any]) -> None:
    first: tuple[dict[Any, Any], ...] = ({1: {"loss": 0.5}}, {"1": {"loss": 0.5}})
    for document in (*first, other):
        assert repr(flatten.plain(document, "f", "m")) == told(document, "m")


def form_of(document: dict[str, Any]) -> Form:
    seen = outline(document)
    assert seen is not None
    return seen[0]


def test_outlines_tell_where_keys_belong() -> None:
    one = {"a": {"x": 1}, "b": {"y": 1, "z": 1}}
    other = {"a": {"x": 1, "y": 1}, "b": {"z": 1}}
    assert form_of(one) is form_of({"a": {"x": 2}, "b": {"y": 3, "z": 4}})
    assert form_of(one) is not form_of(other)


@given(DOCUMENTS)
def test_an_outline_has_the_whole_document(document: dict[str, Any]) -> None:
    def filled(inner: Any) -> Any:
        if isinstance(inner, dict):
            return {key: filled(value) for key, value in inner.items()}
        return values[inner]

    seen = outline(document)
    assert seen is not None
    form, values = seen
    assert repr(filled(form.places())) == repr(document)


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS, st.data())
def test_a_document_is_of_the_latest_form_only_where_it_is(
    document: dict[str, Any], data: st.DataObject
) -> None:
    outline(document)
    for other in (varied(document, data), {**document, "params": data.draw(DOCUMENTS)}, document):
        assert parts(outline(other)) == parts(module._taken_apart(other))


def parts(seen: Outline | None) -> str:
    assert seen is not None
    form, values = seen
    return repr((form.places(), form.kinds, values))


def test_the_forms_that_are_remembered_are_bounded() -> None:
    for number in range(2 * module._MOST_FORMS):
        outline({f"x{number}": 1})
    assert len(module._latest) <= module._MOST_FORMS


@pytest.mark.parametrize("depth", [31, 32, 33, 2_000])
def test_depth_is_bounded_with_and_without_memory(depth: int) -> None:
    document: dict[str, Any] = {"loss": 0.5}
    for _ in range(depth):
        document = {"a": document}
    for _ in range(2):
        if depth < flatten.MAX_DEPTH:
            assert flatten.plain(document, "f", "m").values == (0.5,)
        else:
            with pytest.raises(UnreadableError, match="32 levels"):
                flatten.plain(document, "f", "m")


def test_a_document_of_itself_ends() -> None:
    document: dict[str, Any] = {"loss": 0.5}
    document["again"] = document
    with pytest.raises(UnreadableError):
        flatten.plain(document, "f", "m")


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS, st.booleans())
def test_doubled_keys_are_told_however_many_colons_there_are(
    document: dict[str, Any], spaced: bool
) -> None:
    text = json.dumps(document, separators=(",", " : " if spaced else ":"))
    assert file_of("a/m.json", text.encode()).doubled_keys() == ()
    doubled = f'{{"zz":1,"zz":2{"," if document else ""}{text[1:]}'
    assert file_of("a/m.json", doubled.encode()).doubled_keys() == ("zz",)
    [found] = read_bytes("a/m.json", b'{"loss": 1, "loss": 2.5, "x": "a:b"}')
    assert [one.value for one in found.readings] == [2.5]
    assert [name for name, _ in found.left_out] == ["loss"]
    assert isinstance(flatten.plain(document, "f", "m"), Plain)
