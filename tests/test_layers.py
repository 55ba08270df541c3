"""The design's layers hold: what a module may import, and where the outside world begins."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

ORDER = (
    (
        "results_bot",
        "model",
        "errors",
        "escape",
        "metric_names",
        "metric_titles",
        "metric_words",
        "numbers",
        "globs",
        "console",
    ),
    ("config", "config_edit"),
    ("collect",),
    ("page",),
    ("judge",),
    ("report",),
    ("git", "git_command", "sources", "workspace"),
    ("base_and_head",),
    ("evaluate",),
    ("example",),
    ("github",),
    ("commands",),
    ("cli", "__main__"),
)
"""The data's way; a stage knows the ones before it."""
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
EDGES = (
    "results_bot.collect.discover", "results_bot.collect.cache", "results_bot.collect.remote",
    "results_bot.collect.parts",
    "results_bot.collect.cluster",
)  # fmt: skip
"""Modules of early stages that touch the outside world all the same."""
OUTSIDE = ("os", "pathlib", "subprocess", "requests", "git", "shutil", "tempfile", "socket", "glob")
OWNERS = {
    "git": {"results_bot.git", "results_bot.git_command"},
    "subprocess": {"results_bot.git"},
    "requests": {"results_bot.github.client", "results_bot.github.connection"},
    "fsspec": {"results_bot.collect.remote"},
    "distributed": {"results_bot.collect.cluster"},
    "dask": {"results_bot.collect.cluster"},
    "pyarrow": {"results_bot.collect.parts"},
}
"""Only these modules import these libraries at all."""
HEAVY = (
    "pandas", "numpy", "scipy", "rich", "tabulate", "markdown_it", "git", "github", "altair",
    "vl_convert", "fsspec", "s3fs", "distributed", "dask", "pyarrow",
)  # fmt: skip

DISTRIBUTIONS = {
    "git": "gitpython",
    "github": "pygithub",
    "markdown_it": "markdown-it-py",
    "vl_convert": "vl-convert-python",
    "yaml": "pyyaml",
}
"""Import names that differ from the name of their distribution."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "bot").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT / "bot").with_suffix("").parts).removesuffix(
            ".__init__"
        )
        yield name, ast.parse(path.read_text("utf-8"))


MODULES = dict(modules())


def stage(module: str) -> str:
    return module.split(".")[1] if "." in module else "results_bot"


OWNERS["github"] = {module for module in MODULES if stage(module) == "github"}


def imports(node: ast.AST) -> Iterator[str]:
    """Yield what is imported anywhere below `node`, but for type checkers only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module:
            names = (f"{child.module}.{alias.name}" for alias in child.names)
            yield from (name if name in MODULES else child.module for name in names)
        else:
            yield from imports(child)


def at_top(tree: ast.Module) -> Iterator[str]:
    kept = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    yield from imports(ast.Module(kept, []))


def called(tree: ast.Module) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def test_every_module_has_a_stage() -> None:
    assert {stage(module) for module in MODULES} <= set(RANK)


def test_no_module_imports_a_later_stage() -> None:
    assert not [
        (module, name)
        for module, tree in MODULES.items()
        for name in imports(tree)
        if module != "results_bot"
        if name.split(".")[0] == "results_bot" and RANK[stage(name)] > RANK[stage(module)]
    ]


def test_no_two_modules_need_each_other() -> None:
    """Also not where one of the imports hides in a function; `results_bot.load` is only a door."""
    within = {name: tree for name, tree in MODULES.items() if name != "results_bot"}
    TopologicalSorter(
        {name: set(imports(tree)) & set(within) for name, tree in within.items()}
    ).prepare()


@pytest.mark.parametrize("module", [m for m in MODULES if stage(m) in ("model", "errors")])
def test_the_vocabulary_imports_nothing_of_the_project(module: str) -> None:
    assert not [name for name in imports(MODULES[module]) if name.startswith("results_bot")]


PURE = [module for module in MODULES if stage(module) in ("page", "judge", "report")]


def test_pure_stages_do_no_input_or_output() -> None:
    for module in PURE:
        tree = MODULES[module]
        assert not [name for name in imports(tree) if name in EDGES or name in OUTSIDE], module
        assert not {"open", "io.open", "print", "exec", "eval"} & called(tree), module


def test_each_outside_world_has_one_door() -> None:
    for module, tree in MODULES.items():
        doors = {name.split(".")[0] for name in imports(tree)} & set(OWNERS)
        assert not [door for door in doors if module not in OWNERS[door]], module


def test_only_the_command_line_prints_and_exits() -> None:
    speaks = {"print", "sys.exit", "exit", "quit", "os._exit", "click.echo"}
    for module, tree in MODULES.items():
        assert module == "results_bot.cli" or not speaks & called(tree), module


SCREENS = ("results_bot.report.terminal", "results_bot.report.history")
"""What draws for a terminal may import rich at its top."""


def test_heavy_libraries_are_imported_where_they_are_used() -> None:
    for module, tree in MODULES.items():
        top = {name.split(".")[0] for name in at_top(tree)} & set(HEAVY)
        allowed = {"rich"} if module in SCREENS else set()
        assert all(name in allowed or module in OWNERS.get(name, ()) for name in top), module


def test_every_imported_package_is_declared() -> None:
    """In the dependencies or in an extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = {**project["optional-dependencies"], "dev": []}
    listed = [*project["dependencies"], *(one for some in extras.values() for one in some)]
    declared = {re.split(r"[^\w.-]", one)[0].lower() for one in listed}
    used = {name.split(".")[0] for tree in MODULES.values() for name in imports(tree)}
    names = {DISTRIBUTIONS.get(name, name) for name in used - sys.stdlib_module_names}
    assert names - declared == {"results_bot"}
    assert {"pandas", "tabulate", "gitpython", "pygithub"} <= names
