"""Adds to a partial answer the keys that the description requires and nobody reads.

Only neutral values are invented: null, false, 0, an empty text or list, an address below the
object's own. What somebody reads is given by the double.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
DAY = "2026-01-01T00:00:00Z"


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
