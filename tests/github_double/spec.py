"""Holds requests, responses and events to GitHub's published description; knows no state."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator, FormatChecker, validators  # type: ignore[import-untyped]
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.github_double import cut
from tests.github_double.complete import Completer

Json = dict[str, Any]

DOCUMENT = "urn:github"
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
URI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"`\\^|]+", re.IGNORECASE)
FORMATS = FormatChecker(formats=())
FORMATS.checks("date-time")(lambda text: not isinstance(text, str) or _whole(DATE_TIME, text))
FORMATS.checks("uri")(lambda text: not isinstance(text, str) or _whole(URI, text))
ERROR_SCHEMAS = {"422": ("validation-error", "validation-error-simple")}


def _whole(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.fullmatch(text) is not None


@dataclass(frozen=True)
class Operation:
    """One method on one path template, as described."""

    id: str
    method: str
    template: str
    pattern: re.Pattern[str]
    parameters: tuple[Json, ...]
    body: Json | None
    body_required: bool
    responses: Json


@functools.cache
def spec() -> Spec:
    """Return the description, loaded once a process."""
    return Spec(cut.load())


class Spec:
    """The cut description, ready to find operations and to judge what goes to and fro."""

    def __init__(self, document: Json) -> None:
        self.operations = sorted(map(_operation, document["operations"]), key=_specificity)
        self._events: Json = document["events"]
        self._completer = Completer(document["schemas"])
        resource = DRAFT202012.create_resource(document)
        self._registry: Registry[Any] = Registry().with_resource(DOCUMENT, resource)
        self._validators: dict[int, Any] = {}
        self._known_good: set[tuple[str, str]] = set()
        self._validator = validators.extend(Draft202012Validator, {"$ref": self._reference})

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """Return the operation for a path, and the path's parameters with escapes undone."""
        for operation in self.operations:
            if operation.method == method and (match := operation.pattern.fullmatch(path)):
                return operation, {k: unquote(v) for k, v in match.groupdict().items()}
        return None

    def request_faults(
        self, operation: Operation, parameters: dict[str, str], query: dict[str, str], body: Any
    ) -> list[str]:
        """Say what is wrong with a request, in no words when nothing is."""
        faults = self._parameter_faults(operation, parameters, query)
        if body is None:
            return [*faults, "the body is missing"] if operation.body_required else faults
        if operation.body is None:
            return [*faults, "a body is sent where none is described"] if body else faults
        return faults + self._faults(operation.body, body)

    def response_faults(self, operation: Operation, status: int, body: Any) -> list[str]:
        """Say what is wrong with an answer; an error that is not described must look like one."""
        described = operation.responses.get(str(status))
        if described is None and status >= 400:
            return self._error_faults(status, body)
        if str(status) not in operation.responses:
            return [f"status {status} is not described"]
        if described is None:
            return ["a body is sent where none is described"] if body is not None else []
        return self._faults(described, body)

    def complete_response(self, operation: Operation, status: int, body: Any, base: str) -> Any:
        """Add the required keys that nobody reads to the answer of an operation."""
        described = operation.responses.get(str(status))
        return self._completer.complete(described, body, base) if described else body

    def complete_event(self, name: str, payload: Json, base: str) -> Json:
        """Add the required keys that nobody reads to an event's payload."""
        completed: Json = self._completer.complete(self._events[name], payload, base)
        return completed

    def event_faults(self, name: str, payload: Json) -> list[str]:
        """Say what is wrong with an event's payload."""
        return self._faults(self._events[name], payload)

    def _parameter_faults(
        self, operation: Operation, parameters: dict[str, str], query: dict[str, str]
    ) -> list[str]:
        faults = []
        known = {one["name"]: one for one in operation.parameters}
        for name, text in (parameters | query).items():
            if name not in known:
                faults.append(f"query parameter {name!r} is not described")
                continue
            schema = self._resolved(known[name]["schema"])
            faults += [f"{name}: {fault}" for fault in self._faults(schema, _typed(schema, text))]
        required = {k for k, one in known.items() if one["in"] == "query" and one["required"]}
        return faults + [f"query parameter {name!r} is missing" for name in required - query.keys()]

    def _error_faults(self, status: int, body: Any) -> list[str]:
        if not isinstance(body, dict) or "message" not in body:
            return ["an error without a message"]
        names = ERROR_SCHEMAS.get(str(status), ("basic-error",))
        tried = [self._faults({"$ref": f"#/schemas/{name}"}, body) for name in names]
        return [] if [] in tried else tried[0]

    def _faults(self, schema: Json, value: Any) -> list[str]:
        validator = self._validators.get(id(schema))
        if validator is None:
            validator = self._validator(schema, registry=self._registry, format_checker=FORMATS)
            self._validators[id(schema)] = validator
            self._validators[-id(schema)] = schema  # keeps the schema, and so its id, alive
        return [_sentence(error) for error in validator.iter_errors(value)]

    def _reference(self, validator: Any, ref: str, instance: Any, _: Json) -> Iterator[Any]:
        # People and repositories recur in every answer: what was found good once stays good.
        key = (ref, json.dumps(instance))
        if key in self._known_good:
            return
        errors = list(validator.descend(instance, self._resolved({"$ref": ref})))
        if not errors:
            self._known_good.add(key)
        yield from errors

    def _resolved(self, schema: Json) -> Json:
        return self._completer._resolved(schema)


def _operation(source: Json) -> Operation:
    many = {one["name"] for one in source["parameters"] if one["many"]}
    pattern = re.sub(
        r"\{(\w+)\}",
        lambda match: f"(?P<{match[1]}>{'.*' if match[1] in many else '[^/]+'})",
        source["path"],
    )
    return Operation(
        id=source["id"],
        method=source["method"],
        template=source["path"],
        pattern=re.compile(pattern),
        parameters=tuple(source["parameters"]),
        body=source["body"],
        body_required=source["body_required"],
        responses=source["responses"],
    )


def _specificity(operation: Operation) -> tuple[int, int]:
    """Order templates so that the more particular one is tried first."""
    return (-len(re.sub(r"\{\w+\}", "", operation.template)), operation.template.count("{"))


def _typed(schema: Json, text: str) -> Any:
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if schema.get("type") == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _sentence(error: Any) -> str:
    where = "/".join(map(str, error.absolute_path)) or "body"
    best = min(error.context, key=lambda one: len(one.path), default=None)
    detail = f" ({_short(best.message)})" if best is not None else ""
    return f"{where}: {_short(error.message)}{detail}"


def _short(text: str) -> str:
    return text if len(text) <= 400 else f"{text[:200]} ... {text[-200:]}"
