"""Cuts the 13 MB description to the operations and events that the double knows, and keeps the cut.

Does not validate anything: see `spec`.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from tests.github_double import published, translate

Json = dict[str, Any]


def words(text: str) -> frozenset[str]:
    """Split a list that is written as text."""
    return frozenset(text.split())


OPERATIONS = words(
    """
    repos/get repos/list-commits repos/get-commit repos/compare-commits-with-basehead
    repos/get-content repos/get-collaborator-permission-level
    repos/list-pull-requests-associated-with-commit
    git/create-blob git/get-blob git/create-commit git/get-commit git/create-tree git/get-tree
    git/get-ref git/create-ref git/update-ref
    issues/get-comment issues/create-comment issues/update-comment issues/delete-comment
    pulls/list pulls/create pulls/get pulls/update
    checks/create checks/get checks/update checks/list-for-ref
    actions/list-workflow-runs-for-repo actions/get-workflow-run
    actions/list-jobs-for-workflow-run actions/list-workflow-run-artifacts
    actions/download-artifact
    """
)
EVENTS = (
    "issue-comment-created", "issue-comment-deleted", "issue-comment-edited",
    "merge-group-checks-requested", "pull-request-closed", "pull-request-edited",
    "pull-request-opened", "pull-request-reopened", "pull-request-synchronize",
    "pull-request-review-dismissed", "pull-request-review-edited",
    "pull-request-review-submitted", "push", "workflow-dispatch", "workflow-run-completed",
    "workflow-run-requested",
)  # fmt: skip
GONE_WITH_A_FORK = (
    ("pull-request", "head", "repo"),
    ("pull-request", "head", "user"),
    ("pull-request-simple", "head", "repo"),
    ("pull-request-simple", "head", "user"),
    ("workflow-run", "head_repository"),
)
"""What the description promises and GitHub sends as null once a fork is deleted."""
ERRORS = ("basic-error", "validation-error", "validation-error-simple")


def load() -> Json:
    """Return the cut description, cutting it anew when the packages or this code changed."""
    kept = published.CACHE / f"openapi-{_fingerprint()}.json"
    if not kept.is_file():
        cut = _cut(json.loads(published.OPENAPI.read_bytes()))
        published.CACHE.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=published.CACHE, delete=False) as new:
            json.dump(cut, new)
        os.replace(new.name, kept)  # noqa: PTH105 - several test processes may do so at once
    loaded: Json = json.loads(kept.read_bytes())
    return loaded


def _fingerprint() -> str:
    manifest = published.PACKAGES / "openapi" / "package.json"
    files = (manifest, Path(__file__), Path(translate.__file__))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _cut(document: Json) -> Json:
    translator = translate.Translator(document)
    operations = [
        _operation(document, translator, method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict) and operation.get("operationId") in OPERATIONS
    ]
    operations = [one for one in operations if "{base}...{head}" not in one["path"]]
    if absent := OPERATIONS - {operation["id"] for operation in operations}:
        raise LookupError(f"the description lacks {sorted(absent)}")
    events = {
        name: translator.schema(
            document["x-webhooks"][name]["post"]["requestBody"]["content"]["application/json"][
                "schema"
            ]
        )
        for name in EVENTS
    }
    translator.met.update(ERRORS)
    return {"operations": operations, "events": events, "schemas": _named(translator)}


def _named(translator: translate.Translator) -> Json:
    schemas: Json = {}
    while wanted := translator.met - schemas.keys():
        for name in wanted:
            schemas[name] = translator.named(name)
    for name, *path in GONE_WITH_A_FORK:
        parent = schemas[name]
        for key in path[:-1]:
            parent = parent["properties"][key]
        promised = parent["properties"][path[-1]]
        parent["properties"][path[-1]] = {"anyOf": [promised, {"type": "null"}]}
    return schemas


def _operation(
    document: Json, translator: translate.Translator, method: str, path: str, source: Json
) -> Json:
    parameters = [_resolved(document, one) for one in source.get("parameters", ())]
    body = _resolved(document, source.get("requestBody", {}))
    return {
        "id": source["operationId"],
        "method": method.upper(),
        "path": path,
        "parameters": [
            {
                "name": one["name"],
                "in": one["in"],
                "required": one.get("required", False),
                "many": one.get("x-multi-segment", False),
                "schema": translator.schema(one["schema"]),
            }
            for one in parameters
        ],
        "body": _content(translator, body),
        "body_required": body.get("required", False),
        "responses": {
            status: _content(translator, _resolved(document, response))
            for status, response in source["responses"].items()
        },
    }


def _content(translator: translate.Translator, source: Json) -> Json | None:
    content = source.get("content", {})
    described = content.get("application/json") or content.get("application/scim+json")
    return translator.schema(described["schema"]) if described else None


def _resolved(document: Json, source: Json) -> Json:
    if "$ref" not in source:
        return source
    target: Any = document
    for part in source["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    found: Json = target
    return found
