"""Executes GraphQL on GitHub's published schema; nothing is answered that the schema lacks."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from tests.github_double import published
from tests.github_double.call import Web
from tests.github_double.people import Token
from tests.github_double.state import State

Json = dict[str, Any]


class GraphError(Exception):
    """An error as GitHub's GraphQL gives it: status 200, and a `type` beside the message."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class SchemaError(Exception):
    """The request does not fit the schema, or asks what the double cannot tell."""


@dataclass(frozen=True)
class Context:
    """Who asks, of what state, by which addresses."""

    state: State
    token: Token
    web: Web


@functools.cache
def schema() -> GraphQLSchema:
    """Return GitHub's schema, built once a process."""
    return build_schema(
        published.GRAPHQL.read_text(encoding="utf-8"), assume_valid=True, no_location=True
    )


def asked(body: Any) -> tuple[str, str]:
    """Return kind and first field of a request, for the log; empty if it cannot be read."""
    try:
        document = parse(body["query"])
    except (GraphQLSyntaxError, KeyError, TypeError):
        return "", ""
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            fields = definition.selection_set.selections
            names = [one.name.value for one in fields if isinstance(one, FieldNode)]
            return definition.operation.value, names[0] if names else ""
    return "", ""


def execute(context: Context, body: Json, root: Callable[[Context, str], Json]) -> Json:
    """Answer a request, or raise `SchemaError`; `root` gives queries and mutations by kind."""
    if extra := body.keys() - {"query", "variables", "operationName"}:
        raise SchemaError(f"unknown keys {sorted(extra)}")
    try:
        document = parse(body["query"])
    except (GraphQLSyntaxError, KeyError, TypeError) as error:
        raise SchemaError(str(error)) from error
    if errors := validate(schema(), document):
        raise SchemaError("; ".join(error.message for error in errors))
    result = execute_sync(
        schema(),
        document,
        root_value=root(context, _kind(document)),
        context_value=context,
        variable_values=body.get("variables") or {},
        operation_name=body.get("operationName"),
        field_resolver=_resolve,
        type_resolver=lambda value, *_: value["__typename"],
    )
    answer: Json = {"data": result.data}
    if result.errors:
        answer["errors"] = [_shown(error) for error in result.errors]
    return answer


def _kind(document: DocumentNode) -> str:
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            return definition.operation.value
    raise SchemaError("no operation")


def _resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    if not isinstance(source, Mapping) or info.field_name not in source:
        raise SchemaError(f"the double does not know {info.parent_type}.{info.field_name}")
    value = source[info.field_name]
    return value(**arguments) if callable(value) else value


def _shown(error: GraphQLError) -> Json:
    cause = error.original_error
    if not isinstance(cause, GraphError):
        raise SchemaError(error.message) from cause
    shown: Json = {"type": cause.kind, "path": error.path, "message": error.message}
    shown["locations"] = [{"line": at.line, "column": at.column} for at in error.locations or ()]
    if cause.kind == "FORBIDDEN":
        shown["extensions"] = {"saml_failure": False}
    return shown


def connection(items: list[Any], show: Callable[[Any], Json], name: str) -> Callable[..., Json]:
    """Build a field that pages through items, with the limits that GitHub sets on pages."""

    def page(
        first: int | None = None,
        last: int | None = None,
        after: str | None = None,
        before: str | None = None,
        **_: Any,
    ) -> Json:
        if first is None and last is None:
            raise GraphError(
                "MISSING_PAGINATION_BOUNDARIES",
                "You must provide a `first` or `last` value to properly paginate the "
                f"`{name}` connection.",
            )
        for given in (first, last):
            if given is not None and not 0 <= given <= 100:
                raise GraphError(
                    "EXCESSIVE_PAGINATION",
                    f"Requesting {given} records on the `{name}` connection exceeds the "
                    "`first` limit of 100 records.",
                )
        start = int(after) if after else 0
        stop = int(before) - 1 if before else len(items)
        if first is not None:
            stop = min(stop, start + first)
        if last is not None:
            start = max(start, stop - last)
        nodes = [show(item) for item in items[start:stop]]
        return {
            "nodes": nodes,
            "edges": [{"node": node, "cursor": str(start + i + 1)} for i, node in enumerate(nodes)],
            "totalCount": len(items),
            "pageInfo": {
                "hasNextPage": stop < len(items),
                "hasPreviousPage": start > 0,
                "startCursor": str(start + 1) if nodes else None,
                "endCursor": str(start + len(nodes)) if nodes else None,
            },
        }

    return page
