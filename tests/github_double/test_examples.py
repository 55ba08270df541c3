"""GitHub's own examples pass as translated: the translation refuses nothing that GitHub sends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.github_double import fixtures, published
from tests.github_double.spec import Operation, spec

KNOWN_TO_BE_WRONG = {
    "actions/list-jobs-for-workflow-run",
    "pulls/create",
    "pulls/get",
    "pulls/list",
    "pulls/update",
    "repos/get",
    "repos/get-collaborator-permission-level",
    "repos/get-commit",
    "repos/list-pull-requests-associated-with-commit",
}
"""Operations with an example that lacks a key which the description itself requires."""


@pytest.fixture(scope="module")
def document() -> Any:
    fixtures.require_descriptions()
    return json.loads(published.OPENAPI.read_bytes())


def test_examples_of_answers(document: Any) -> None:
    wrong: dict[str, list[str]] = {}
    count = 0
    for operation in spec().operations:
        described = document["paths"][operation.template][operation.method.lower()]
        for status, response in described["responses"].items():
            for value in examples(document, response):
                count += 1
                if faults := spec().response_faults(operation, int(status), value):
                    wrong[operation.id] = faults
    assert set(wrong) == KNOWN_TO_BE_WRONG
    assert all("is a required property" in " ".join(faults) for faults in wrong.values())
    assert count > 25


def test_examples_of_requests(document: Any) -> None:
    for operation in spec().operations:
        described = document["paths"][operation.template][operation.method.lower()]
        for value in examples(document, described.get("requestBody", {})):
            path = {one["name"]: "1" for one in operation.parameters if one["in"] == "path"}
            assert spec().request_faults(operation, path, required(operation), value) == []


def required(operation: Operation) -> dict[str, str]:
    """Return some value for each query parameter that must be there."""
    needed = [one for one in operation.parameters if one["in"] == "query" and one["required"]]
    return {one["name"]: "x" for one in needed}


def examples(document: Any, source: Any) -> Iterator[Any]:
    content = resolved(document, source).get("content", {}).get("application/json", {})
    for example in content.get("examples", {}).values():
        yield resolved(document, example)["value"]


def resolved(document: Any, source: Any) -> Any:
    while "$ref" in source:
        target = document
        for part in source["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        source = target
    return source
