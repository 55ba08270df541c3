"""OpenAPI 3.0 schemas to JSON Schema, and closed: keys that the description lacks are refused."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

KEPT = (
    "type", "enum", "format", "pattern", "minimum", "maximum", "minLength", "maxLength",
    "minItems", "maxItems", "minProperties", "maxProperties", "uniqueItems", "required", "default",
)  # fmt: skip
COMPOSITIONS = ("allOf", "anyOf", "oneOf")
REFERENCE = "#/components/schemas/"


class Translator:
    """Translates schemas of one OpenAPI document and remembers which named ones it met."""

    def __init__(self, document: Json) -> None:
        self._named: Json = document["components"]["schemas"]
        self.met: set[str] = set()

    def schema(self, source: Json, *, closed: bool = True) -> Json:
        """Translate one schema; with `closed`, unknown keys are errors at every level."""
        if "$ref" in source:
            return self._reference(source["$ref"])
        result: Json = {key: source[key] for key in KEPT if key in source}
        composed = [key for key in COMPOSITIONS if key in source]
        # Members that describe one object together must each be open, their union closed.
        joint = "properties" in source or "allOf" in source
        for key in composed:
            # Alternatives overlap in GitHub's description, so that "exactly one" cannot hold.
            kept = "anyOf" if key == "oneOf" else key
            result[kept] = [self._member(one, closed=closed and not joint) for one in source[key]]
        if "items" in source:
            result["items"] = self.schema(source["items"], closed=closed)
        if "properties" in source:
            properties = source["properties"].items()
            result["properties"] = {k: self.schema(v, closed=closed) for k, v in properties}
        self._extra_keys(source, result, closed=closed, joint=joint and bool(composed))
        return self._nullable(result) if source.get("nullable") else result

    def named(self, name: str) -> Json:
        """Translate a schema of the document's own list."""
        return self.schema(self._named[name])

    def _reference(self, reference: str) -> Json:
        name = reference.removeprefix(REFERENCE)
        self.met.add(name)
        return {"$ref": f"#/schemas/{name}"}

    def _member(self, source: Json, *, closed: bool) -> Json:
        if "$ref" in source and not closed:
            return self.schema(self._named[source["$ref"].removeprefix(REFERENCE)], closed=False)
        return self.schema(source, closed=closed)

    def _extra_keys(self, source: Json, result: Json, *, closed: bool, joint: bool) -> None:
        extra = source.get("additionalProperties")
        if isinstance(extra, dict):
            result["additionalProperties"] = self.schema(extra)
        elif extra is None and closed and joint:
            if names := self._property_names(source):
                result["propertyNames"] = {"enum": sorted(names)}
        elif extra is False or (extra is None and closed and "properties" in source):
            result["additionalProperties"] = False

    def _property_names(self, source: Json) -> set[str]:
        if "$ref" in source:
            return self._property_names(self._named[source["$ref"].removeprefix(REFERENCE)])
        names = set(source.get("properties", ()))
        for key in COMPOSITIONS:
            for member in source.get(key, ()):
                names |= self._property_names(member)
        return names

    @staticmethod
    def _nullable(schema: Json) -> Json:
        if any(key in schema for key in COMPOSITIONS):
            return {"anyOf": [schema, {"type": "null"}]}
        result = dict(schema)
        if "type" in schema:
            result["type"] = [schema["type"], "null"]
        if "enum" in schema and None not in schema["enum"]:
            result["enum"] = [*schema["enum"], None]
        return result
