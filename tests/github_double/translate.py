"""GitHub's schemas: translates them to JSON Schema, and completes partial answers by them.

Translated schemas are closed: keys that the description lacks are refused. Of the keys that it
requires and nobody reads, only neutral values are invented: null, false, 0, an empty text or list,
an address below the object's own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from tests.github_double.call import Json

KEPT = (
    "type", "enum", "format", "pattern", "minimum", "maximum", "minLength", "maxLength",
    "minItems", "maxItems", "minProperties", "maxProperties", "uniqueItems", "required",
)  # fmt: skip
DAY = "2026-01-01T00:00:00Z"
COMPOSITIONS = ("allOf", "anyOf", "oneOf")
GONE_WITH_A_FORK = {
    "pull-request": (("head", "repo"), ("head", "user")),
    "pull-request-simple": (("head", "repo"), ("head", "user")),
    "workflow-run": (("head_repository",),),
}
"""What the description promises and GitHub sends as null once a fork is deleted."""


class Translator:
    def __init__(self, named: Json) -> None:
        self._named = named
        self.named = cache(self._translated)

    def resolved(self, schema: Json) -> Json:
        while "$ref" in schema:
            schema = self.named(schema["$ref"])
        return schema

    def schema(self, source: Json, *, closed: bool = True) -> Json:
        """Translate one schema; with `closed`, unknown keys are errors at every level."""
        if "$ref" in source:
            return source if closed else self.schema(self._source(source), closed=False)
        result: Json = {key: source[key] for key in KEPT if key in source}
        composed = [key for key in COMPOSITIONS if key in source]
        # Members that describe one object together must each be open, their union closed.
        joint = "properties" in source or "allOf" in source
        for key in composed:
            # Alternatives overlap in GitHub's description, so that "exactly one" cannot hold.
            kept = "anyOf" if key == "oneOf" else key
            result[kept] = [self.schema(one, closed=closed and not joint) for one in source[key]]
        if "items" in source:
            result["items"] = self.schema(source["items"], closed=closed)
        if "properties" in source:
            properties = source["properties"].items()
            result["properties"] = {k: self.schema(v, closed=closed) for k, v in properties}
        extra = source.get("additionalProperties")
        if isinstance(extra, dict):
            result["additionalProperties"] = self.schema(extra)
        elif extra is False or (extra is None and closed and joint and not composed):
            result["additionalProperties"] = False
        elif extra is None and closed and joint and (names := self._property_names(source)):
            result["propertyNames"] = {"enum": sorted(names)}
        return _nullable(result) if source.get("nullable") else result

    def _translated(self, reference: str) -> Json:
        schema = self.schema(self._source({"$ref": reference}))
        for path in GONE_WITH_A_FORK.get(reference.rpartition("/")[2], ()):
            inner = schema
            for key in path[:-1]:
                inner = inner["properties"][key]
            promised = inner["properties"][path[-1]]
            inner["properties"][path[-1]] = {"anyOf": [promised, {"type": "null"}]}
        return schema

    def _source(self, source: Json) -> Json:
        found: Json = self._named[source["$ref"].rpartition("/")[2]]
        return found

    def _property_names(self, source: Json) -> set[str]:
        if "$ref" in source:
            source = self._source(source)
        members = [member for key in COMPOSITIONS for member in source.get(key, ())]
        return set(source.get("properties", ())).union(*map(self._property_names, members))


def _nullable(schema: Json) -> Json:
    if any(key in schema for key in COMPOSITIONS):
        return {"anyOf": [schema, {"type": "null"}]}
    result = dict(schema)
    if "type" in schema:
        result["type"] = [schema["type"], "null"]
    if "enum" in schema and None not in schema["enum"]:
        result["enum"] = [*schema["enum"], None]
    return result


class Completer:
    """Completes values by translated schemas; `resolved` follows their references."""

    def __init__(self, resolved: Callable[[Json], Json]) -> None:
        self._resolved = resolved

    def complete(self, schema: Json, value: Any, base: str) -> Any:
        """Return `value` with its missing required keys; `base` is where invented URLs start."""
        schema = self._choose(schema, value)
        if isinstance(value, list):
            items = schema.get("items")
            return [self.complete(items, one, base) for one in value] if items else value
        return self._object(schema, dict(value), base) if isinstance(value, dict) else value

    def _object(self, schema: Json, value: Json, base: str) -> Json:
        for member in schema.get("allOf", ()):
            value = self._object(self._resolved(member), value, base)
        properties = schema.get("properties", {})
        below = value["url"] if isinstance(value.get("url"), str) else base
        for key in schema.get("required", ()):
            if key not in value and key in properties:
                value[key] = self._invented(key, properties[key], below)
        for key, found in value.items():
            if key in properties and isinstance(found, dict | list):
                value[key] = self.complete(properties[key], found, below)
        return value

    def _invented(self, key: str, schema: Json, below: str) -> Any:
        schema = self._resolved(schema)
        members = schema.get("anyOf", [])
        kind = schema.get("type", "object")
        if "null" in kind or {"type": "null"} in members:
            return None
        if members:
            return self._invented(key, members[0], below)
        if kind == "object":
            return self._object(schema, {}, below)
        if kind == "string" and (key.endswith("url") or schema.get("format") == "uri"):
            return f"{below}/{key.removesuffix('_url')}"
        text = DAY if schema.get("format") == "date-time" else ""
        neutral = {"boolean": False, "integer": 0, "number": 0, "array": [], "string": text}
        return schema["enum"][0] if "enum" in schema else neutral[kind]

    def _choose(self, schema: Json, value: Any) -> Json:
        """Return the first of some alternatives that a value may be meant for."""
        schema = self._resolved(schema)
        if "anyOf" in schema and "properties" not in schema:
            for member in schema["anyOf"]:
                if self._fits(chosen := self._choose(member, value), value):
                    return chosen
        return schema

    def _fits(self, schema: Json, value: Any) -> bool:
        kinds = schema.get("type", "object" if "properties" in schema or "allOf" in schema else ())
        name = {dict: "object", list: "array", str: "string", type(None): "null"}.get(type(value))
        if name is None or name not in ([kinds] if isinstance(kinds, str) else kinds):
            return False
        properties = schema.get("properties", {})
        return not isinstance(value, dict) or all(
            found in self._resolved(properties[key]).get("enum", (found,))
            for key, found in value.items()
            if key in properties and isinstance(found, str)
        )
