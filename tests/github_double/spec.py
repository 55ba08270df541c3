"""Holds requests, responses and events to GitHub's published description; knows no state."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson
from jsonschema import Draft202012Validator, FormatChecker, validators  # type: ignore[import-untyped]

from tests.github_double import published
from tests.github_double.call import ROUTES, Json
from tests.github_double.translate import Completer, Translator

DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
URI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"`\\^|]+", re.IGNORECASE)
FORMATS = FormatChecker(formats=())
FORMATS.checks("date-time")(lambda text: not isinstance(text, str) or _whole(DATE_TIME, text))
FORMATS.checks("uri")(lambda text: not isinstance(text, str) or _whole(URI, text))
ERROR_SCHEMAS = {422: ("validation-error", "validation-error-simple")}


def _whole(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.fullmatch(text) is not None


@dataclass(frozen=True)
class Operation:
    """One method on one path template, as described; the schemas are translated."""

    id: str
    method: str
    template: str
    pattern: re.Pattern[str]
    parameters: Json
    required: frozenset[str]
    """The query parameters that must be there."""
    body: Json | None
    body_required: bool
    responses: dict[str, Json | None]


@functools.cache
def spec() -> Spec:
    return Spec(orjson.loads(published.OPENAPI.read_bytes()), ROUTES)


class Spec:
    """The description, ready to find operations and to judge what goes to and fro."""

    def __init__(self, document: Json, wanted: Collection[str]) -> None:
        self.document = document
        self._translator = Translator(document["components"]["schemas"])
        self._completer = Completer(self._translator.resolved)
        self._known_good: set[tuple[str, str]] = set()
        self._validator = validators.extend(Draft202012Validator, {"$ref": self._reference})
        found = (
            self._operation(method, path, source)
            for path, methods in document["paths"].items()
            for method, source in methods.items()
            if isinstance(source, dict) and source.get("operationId") in wanted
        )
        # The more particular template is tried first.
        self.operations = sorted(found, key=lambda one: -len(re.sub(r"\{\w+\}", "", one.template)))

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """Return the operation for a path, and the path's parameters with escapes undone."""
        for operation in self.operations:
            if operation.method == method and (match := operation.pattern.fullmatch(path)):
                return operation, {k: unquote(v) for k, v in match.groupdict().items()}
        return None

    def request_faults(
        self, operation: Operation, parameters: dict[str, str], query: dict[str, str], body: Any
    ) -> list[str]:
        """Return the ways in which a request breaks the description."""
        faults = [f"query parameter {one!r} is missing" for one in operation.required - set(query)]
        for name, text in (parameters | query).items():
            if name not in operation.parameters:
                faults.append(f"query parameter {name!r} is not described")
                continue
            schema = self._translator.resolved(operation.parameters[name])
            faults += [f"{name}: {fault}" for fault in self._faults(schema, _typed(schema, text))]
        if body is None:
            return [*faults, "the body is missing"] if operation.body_required else faults
        if operation.body is None:
            return [*faults, "a body is sent where none is described"] if body else faults
        return faults + self._faults(operation.body, body)

    def response_faults(self, operation: Operation, status: int, body: Any) -> list[str]:
        """Return what is wrong with an answer; an error may be undescribed."""
        described = operation.responses.get(str(status))
        if described is not None:
            return self._faults(described, body)
        if status >= 400:
            names = ERROR_SCHEMAS.get(status, ("basic-error",))
            tried = [self._faults({"$ref": f"#/components/schemas/{name}"}, body) for name in names]
            return [] if [] in tried else tried[0]
        if str(status) not in operation.responses:
            return [f"status {status} is not described"]
        return ["a body is sent where none is described"] if body is not None else []

    def complete_response(self, operation: Operation, status: int, body: Any, base: str) -> Any:
        """Add the required keys that nobody reads to the answer of an operation."""
        described = operation.responses.get(str(status))
        return self._completer.complete(described, body, base) if described else body

    def event(self, name: str, payload: Json, base: str) -> Json:
        """Return an event's payload with the required keys that nobody reads.

        Raises AssertionError where it does not fit the description.
        """
        body = self.document["x-webhooks"][name]["post"]["requestBody"]
        schema = self._translator.schema(body["content"]["application/json"]["schema"])
        completed: Json = self._completer.complete(schema, payload, base)
        faults = self._faults(schema, completed)
        assert not faults, f"the payload of {name} is wrong: {faults}"
        return completed

    def resolved(self, source: Json) -> Json:
        """Return the part of the document that a reference means, or the source itself."""
        while "$ref" in source:
            path = source["$ref"].removeprefix("#/").split("/")
            source = functools.reduce(lambda part, key: part[key], path, self.document)
        return source

    def _operation(self, method: str, path: str, source: Json) -> Operation:
        parameters = [self.resolved(one) for one in source.get("parameters", ())]
        many = {one["name"] for one in parameters if one.get("x-multi-segment")}
        pattern = re.sub(
            r"\{(\w+)\}",
            lambda match: f"(?P<{match[1]}>{'.*' if match[1] in many else '[^/]+'})",
            path,
        )
        body = self.resolved(source.get("requestBody", {}))
        return Operation(
            id=source["operationId"],
            method=method.upper(),
            template=path,
            pattern=re.compile(pattern),
            parameters={one["name"]: self._translator.schema(one["schema"]) for one in parameters},
            required=frozenset(
                one["name"] for one in parameters if one["in"] == "query" and one.get("required")
            ),
            body=self._content(body),
            body_required=body.get("required", False),
            responses={
                status: self._content(self.resolved(response))
                for status, response in source["responses"].items()
            },
        )

    def _content(self, source: Json) -> Json | None:
        described = source.get("content", {}).get("application/json")
        return self._translator.schema(described["schema"]) if described else None

    def _faults(self, schema: Json, value: Any) -> list[str]:
        validator = self._validator(schema, format_checker=FORMATS)
        return [_sentence(error) for error in validator.iter_errors(value)]

    def _reference(self, validator: Any, ref: str, instance: Any, _: Json) -> Iterator[Any]:
        # People and repositories recur in every answer: what was found good once stays good.
        key = (ref, json.dumps(instance))
        if key in self._known_good:
            return
        errors = list(validator.descend(instance, self._translator.named(ref)))
        if not errors:
            self._known_good.add(key)
        yield from errors


def _typed(schema: Json, text: str) -> Any:
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text == "true" if schema.get("type") == "boolean" and text in ("true", "false") else text


def _sentence(error: Any) -> str:
    where = "/".join(map(str, error.absolute_path)) or "body"
    best = min(error.context, key=lambda one: len(one.path), default=None)
    detail = f" ({_short(best.message)})" if best is not None else ""
    return f"{where}: {_short(error.message)}{detail}"


def _short(text: str) -> str:
    return text if len(text) <= 400 else f"{text[:200]} ... {text[-200:]}"
