"""That readers declined a document of one form holds for all documents of that form."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from results_bot.collect import declined
from results_bot.collect.collect import read_by
from results_bot.collect.files import File, UnreadableError
from results_bot.collect.found import Plain
from results_bot.collect.registry import claimants

from tests.readers.recorded import DATA, file_of
from tests.readers.test_layouts import LEAVES, varied

FOLDERS = ("runs/a", "dvclive", "plots/sklearn", "plots/metrics", "nnUNet/a", "checkpoint-5")
NAMES = (
    "metrics.json run.json info.json config.json summary.json meta.json all_results.json "
    "train_results.json trainer_state.json results.json x.json vocab.json plans.json x.jsonl x.JSON"
).split()
KEYS = st.sampled_from(
    [
        *"results versions configs context benchmarks machine_info step heartbeat status ".split(),
        *"experiment spacy_version performance accuracy precision recall f1-score support".split(),
        *"mean foreground_mean epoch total_flos train_runtime loss val_loss steps values".split(),
        *"timestamps log_history iteration total_loss mode iter groups date py/object".split(),
        *("macro avg", "weighted avg", "eval_loss", "acc,none", "1"),
    ]
)
TEXTS = st.sampled_from(["train", "val", "COMPLETED", "numpy.float64", "py/x", "0.5", "x"])
DOCUMENTS = st.recursive(
    st.dictionaries(KEYS, st.one_of(LEAVES, TEXTS), max_size=5),
    lambda inner: st.dictionaries(KEYS, st.one_of(LEAVES, TEXTS, inner), max_size=5),
    max_leaves=20,
)
RECORDED: list[dict[str, Any]] = [
    # Some of one form, of which a reader takes one for a text in it, and leaves the other.
    {"experiment": {"name": "a"}, "status": "odd", "heartbeat": "x", "result": 0.5},
    {"experiment": {"name": "a"}, "status": "COMPLETED", "heartbeat": "x", "result": 0.5},
    {"loss": 0.5, "note": "x"},
    {"loss": 0.5, "note": '"py/x'},
    {"step": 1, "loss": 0.5},
    {"step": True, "loss": 0.5},
    {"mode": "train", "iter": 1, "loss": 0.5},
    {"results": {"a": {"acc,none": 0.5}}, "versions": {"a": 1}},
    {"macro avg": {"precision": 1, "recall": 1, "f1-score": 1, "support": 1}},
    {"results": {"mean": {"1": {"Dice": 0.5}}}},
    {"spacy_version": "3", "performance": {"a": 0.5}},
]
for fixture in sorted(DATA.rglob("*.json")):
    with suppress(ValueError):
        if isinstance(document := json.loads(fixture.read_bytes()), dict):
            RECORDED.append(document)


def told(path: str, data: bytes) -> tuple[str, str]:
    """Return the reader and what it says, or why the file cannot be read."""
    try:
        reader, found = read_by(file_of(path, data))
    except UnreadableError as error:
        return "", str(error)
    return reader.TITLE if reader else "", repr(found)


def asked(path: str, data: bytes) -> tuple[str, str]:
    """Return the same by asking one reader after the other."""
    file = file_of(path, data)
    try:
        for reader in claimants(path).readers:
            said = reader.read(file)
            if said is not None:
                return reader.TITLE, repr([said.found()] if isinstance(said, Plain) else said)
    except UnreadableError as error:
        return "", str(error)
    return "", "[]"


@settings(max_examples=600, deadline=None)
@given(
    st.one_of(DOCUMENTS, st.sampled_from(RECORDED)),
    st.sampled_from(FOLDERS),
    st.sampled_from(NAMES),
    st.data(),
)
def test_the_reader_is_the_one_that_all_being_asked_it_would_be(
    document: dict[str, Any], folder: str, name: str, data: st.DataObject
) -> None:
    for other in (document, varied(document, data), varied(document, data)):
        text = json.dumps(other).encode()
        assert told(f"{folder}/{name}", text) == asked(f"{folder}/{name}", text)


def test_the_second_file_of_a_form_is_shown_to_its_reader_only() -> None:
    declined._known.clear()
    path = "runs/a/metrics.json"
    for data in (b'{"loss": 1, "x": {"y": 2}}', b'{"loss": 3, "x": {"y": 4}}'):
        read_by(file_of(path, data))
    file = File(file_of(path, data)._listed, 1_000)
    alike = declined.key(file, claimants(path))
    assert alike is not None
    count, layout = declined.known(alike)
    assert count == len(claimants(path).readers) - 1
    assert layout is not None


def test_what_is_remembered_is_bounded() -> None:
    for number in range(2 * declined._MOST):
        read_by(file_of("runs/a/metrics.json", b'{"loss": 1, "x%d": 2}' % number))
    assert len(declined._known) <= declined._MOST
