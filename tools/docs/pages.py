"""All files that are generated from others, by path: pages from the code, a copy of the action."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tools.docs import commands, metric_names, rules

ROOT = Path(__file__).parents[2]
INNER_ACTION = ".github/actions/run/action.yml"
_OWN_PATH = "${{ github.action_path }}"
_ADDRESS = re.compile(r"(github\.com/|uses: )[\w-]+/results-bot")


def pages() -> dict[str, str]:
    """Return the text of each file by its path, but for the README, which is generated in part."""
    return {
        "docs/commands.md": commands.render(),
        "docs/rules.md": rules.render(),
        "docs/metric-names.md": metric_names.render(),
        INNER_ACTION: _inner_action(),
    }


def with_address(text: str) -> str:
    """Return a text with the project's address as `pyproject.toml` has it, under Repository."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    slug = project["urls"]["Repository"].removeprefix("https://github.com/")
    return _ADDRESS.sub(rf"\1{slug}", text)


def _inner_action() -> str:
    """Return the action as the reusable workflows find it.

    They can name an action of their own repository and commit only by a folder: a runner refuses
    `$/` alone, which would be the root (https://github.com/actions/runner/pull/4457).
    """
    outer = (ROOT / "action.yml").read_text("utf-8")
    up = "/".join(".." for _ in Path(INNER_ACTION).parent.parts)
    head = "# Written by `make docs` from action.yml at the root, for the reusable workflows.\n"
    return head + outer.replace(_OWN_PATH, f"{_OWN_PATH}/{up}")
