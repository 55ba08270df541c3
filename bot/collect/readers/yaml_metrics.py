"""YAML: settings in most repositories, metrics in some; told apart by the file's name."""

from __future__ import annotations

from typing import Any

from bot.collect.files import File, UnreadableError
from bot.collect.flatten import leaves
from bot.collect.found import Found

TITLE = "YAML"

MAX_ALIASES = 100
"""A results file uses none; a `billion laughs` file lives by them."""


def claims(path: str) -> bool:
    """Take `.yaml` and `.yml`."""
    return path.endswith((".yaml", ".yml"))


def read(file: File) -> list[Found] | None:
    """Return the numbers of a mapping; settings where the name says so."""
    document = load(file.text)
    if not isinstance(document, dict):
        return [Found(left_out=((file.name, "holds no mapping"),))]
    flat = leaves(document, file.path, file.stem)
    return [Found(tuple(flat.readings), flat.params, left_out=tuple(flat.left_out))]


def load(text: str) -> Any:
    """Return the parsed document. Raises UnreadableError."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        if "*" in text:
            _refuse_aliases(sum(isinstance(e, yaml.AliasEvent) for e in yaml.parse(text, loader)))
        return yaml.load(text, loader)  # noqa: S506 - both loaders are safe ones
    except yaml.MarkedYAMLError as error:
        where = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise UnreadableError(f"is not valid YAML{where}: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableError(f"is not valid YAML: {type(error).__name__}") from None


def _refuse_aliases(count: int) -> None:
    if count > MAX_ALIASES:
        raise UnreadableError(f"has {count} YAML aliases; {MAX_ALIASES} are allowed")
