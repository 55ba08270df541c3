"""YAML: settings in most repositories, metrics in some; told apart by the file's name."""

from __future__ import annotations

from functools import cache
from typing import Any

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import leaves

TITLE = "YAML"
WHERE = "`.yaml` and `.yml`: settings by their name (`config`, `params`, `hparams`), else metrics"
TRAPS: tuple[str, ...] = (
    "tags of Python objects, as Lightning writes them, are read as text: nothing is built",
    "a file that expands itself by aliases is refused",
)

MAX_ALIASES = 100
"""A results file uses none; a `billion laughs` file lives by them."""


def claims(path: str) -> bool:
    """Take `.yaml` and `.yml`."""
    return path.endswith((".yaml", ".yml"))


def read(file: File) -> list[Extracted]:
    """Return the numbers of a mapping; settings where the name says so."""
    document = load(file.text)
    if not isinstance(document, dict):
        return [Extracted(left_out=((file.name, "holds no mapping"),))]
    return [leaves(document, file.path, file.stem)]


def load(text: str) -> Any:
    """Return the document in `text`. Raises UnreadableError."""
    import yaml

    loader = _loader()
    try:
        if "*" in text:
            _refuse_aliases(sum(isinstance(e, yaml.AliasEvent) for e in yaml.parse(text, loader)))
        return yaml.load(text, loader)  # noqa: S506 - a safe loader, see below
    except yaml.MarkedYAMLError as error:
        where = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise UnreadableError(f"is not valid YAML{where}: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableError(f"is not valid YAML: {type(error).__name__}") from None


@cache
def _loader() -> Any:
    """Return a safe loader to which an unknown tag is text."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        pass

    def untagged(loader: Any, suffix: str, node: Any) -> Any:  # noqa: ARG001 - PyYAML calls it
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return node.value or node.tag.rpartition(":")[2]

    Loader.add_multi_constructor("", untagged)
    return Loader


def _refuse_aliases(count: int) -> None:
    if count > MAX_ALIASES:
        raise UnreadableError(f"has {count} YAML aliases; {MAX_ALIASES} are allowed")
