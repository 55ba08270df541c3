"""Adds to a partial answer the keys that the description requires and nobody reads.

Only neutral values are invented (URLs below the object's own, null, false, 0, an empty list); a
required key for which none of these will do must be given, and its absence is an error.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
NEUTRAL: dict[str, Any] = {"boolean": False, "integer": 0, "number": 0, "array": []}


class Completer:
    """Completes values by the schemas of one cut description."""

    def __init__(self, schemas: Json) -> None:
        self._schemas = schemas

    def complete(self, schema: Json, value: Any, base: str) -> Any:
        """Return `value` with its missing required keys; `base` is where invented URLs start."""
        schema = self._choose(schema, value)
        if isinstance(value, list):
            items = schema.get("items")
            return [self.complete(items, one, base) for one in value] if items else value
        if not isinstance(value, dict):
            return value
        return self._object(schema, dict(value), base)

    def _object(self, schema: Json, value: Json, base: str) -> Json:
        for member in schema.get("allOf", ()):
            value = self._object(self._resolved(member), value, base)
        properties = schema.get("properties", {})
        below = value["url"] if isinstance(value.get("url"), str) else base
        for key in schema.get("required", ()):
            if key not in value and key in properties:
                self._invent(value, key, properties[key], below)
        for key, found in value.items():
            if key in properties and isinstance(found, dict | list):
                value[key] = self.complete(properties[key], found, below)
        return value

    def _invent(self, value: Json, key: str, schema: Json, below: str) -> None:
        schema = self._resolved(schema)
        kinds = schema.get("type")
        members = schema.get("anyOf", []) + schema.get("oneOf", [])
        if "null" in (kinds or ()) or {"type": "null"} in members:
            value[key] = None
        elif kinds == "string" and (key == "url" or key.endswith("_url")):
            value[key] = f"{below}/{key.removesuffix('_url')}"
        elif kinds in NEUTRAL and "enum" not in schema:
            value[key] = list(NEUTRAL[kinds]) if kinds == "array" else NEUTRAL[kinds]

    def _choose(self, schema: Json, value: Any) -> Json:
        schema = self._resolved(schema)
        for key in ("anyOf", "oneOf"):
            if key in schema and "properties" not in schema:
                for member in schema[key]:
                    if self._fits(chosen := self._choose(member, value), value):
                        return chosen
        return schema

    def _fits(self, schema: Json, value: Any) -> bool:
        kinds = schema.get("type", "object" if "properties" in schema or "allOf" in schema else ())
        name = {dict: "object", list: "array", str: "string", type(None): "null"}.get(type(value))
        if name is None or name not in ([kinds] if isinstance(kinds, str) else kinds):
            return False
        if not isinstance(value, dict):
            return True
        properties = schema.get("properties", {})
        return all(
            found in self._resolved(properties[key]).get("enum", (found,))
            for key, found in value.items()
            if key in properties and isinstance(found, str)
        )

    def _resolved(self, schema: Json) -> Json:
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].removeprefix("#/schemas/")]
        return schema
