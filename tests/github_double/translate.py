"""OpenAPI 3.0 schemas to JSON Schema, and closed: keys that the description lacks are refused."""

from __future__ import annotations

from functools import cache
from typing import Any

Json = dict[str, Any]

KEPT = (
    "type", "enum", "format", "pattern", "minimum", "maximum", "minLength", "maxLength",
    "minItems", "maxItems", "minProperties", "maxProperties", "uniqueItems", "required",
)  # fmt: skip
COMPOSITIONS = ("allOf", "anyOf", "oneOf")
GONE_WITH_A_FORK = {
    "pull-request": (("head", "repo"), ("head", "user")),
    "pull-request-simple": (("head", "repo"), ("head", "user")),
    "workflow-run": (("head_repository",),),
}
"""What the description promises and GitHub sends as null once a fork is deleted."""


class Translator:
    """Translates the schemas of one OpenAPI document."""

    def __init__(self, named: Json) -> None:
        self._named = named
        self.named = cache(self._translated)

    def resolved(self, schema: Json) -> Json:
        """Return the translated schema that a reference means, or the schema itself."""
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
