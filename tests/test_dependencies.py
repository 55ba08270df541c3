"""Every package that is imported is declared, in the dependencies or in an extra."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
DISTRIBUTIONS = {
    "git": "gitpython",
    "github": "pygithub",
    "markdown_it": "markdown-it-py",
    "vl_convert": "vl-convert-python",
    "yaml": "pyyaml",
}
"""Import names that differ from the name of their distribution."""


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = {
        name: some for name, some in project["optional-dependencies"].items() if name != "dev"
    }
    listed = [*project["dependencies"], *(one for some in extras.values() for one in some)]
    return {re.split(r"[^\w.-]", one)[0].lower() for one in listed}


def imported() -> Iterator[str]:
    for path in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


def test_every_imported_package_is_declared() -> None:
    foreign = set(imported()) - sys.stdlib_module_names - {"results_bot"}
    names = {DISTRIBUTIONS.get(name, name) for name in foreign}
    assert names - declared() == set()
    assert {"pandas", "tabulate", "gitpython", "pygithub"} <= names
