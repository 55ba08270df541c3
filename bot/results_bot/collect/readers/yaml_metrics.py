"""Generic YAML: metrics where the file's name suggests results, else settings."""

from __future__ import annotations

from functools import cache
from typing import Any

from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import leaves
from results_bot.metric_names import tokens
from results_bot.metric_words import SPLITS

TITLE = "YAML"

_RESULTS = SPLITS | frozenset(
    "metrics metric results result scores score summary evaluation performance report stats "
    "statistics final best benchmark info metadata meta manifest".split()
)
MAX_ALIASES = 100
"""A results file has none; a `billion laughs` attack depends on them."""

claims = ending(".yaml", ".yml")


def read(file: File) -> list[Extracted]:
    """Return the numbers of a mapping, as settings unless the file's name suggests results."""
    document = load(file.text)
    if not isinstance(document, dict):
        return [Extracted(left_out=((file.name, "does not hold a mapping"),))]
    is_results = not _RESULTS.isdisjoint(tokens(file.stem))
    return [leaves(document, file.path, file.stem if is_results else "config")]


def load(text: str) -> Any:
    """Return the document in `text`. Raises UnreadableError."""
    import yaml

    loader = _loader()
    try:
        if "*" in text:
            count = sum(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, loader))
            if count > MAX_ALIASES:
                raise UnreadableError(f"has {count} YAML aliases; {MAX_ALIASES} are allowed")
        return yaml.load(text, loader)  # noqa: S506 - a safe loader, see below
    except yaml.MarkedYAMLError as error:
        where = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise UnreadableError(f"is not valid YAML{where}: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableError(f"is not valid YAML: {type(error).__name__}") from None


@cache
def _loader() -> Any:
    """Return a safe loader that reads the value of an unknown tag as plain data."""
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
