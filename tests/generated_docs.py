"""The files that are written from others: pages from the code, the workflows' copy of the action.

`make docs` writes them.
"""

from __future__ import annotations

from pathlib import Path

from results_bot.report import formats_md, metric_names_md, rules_md

ROOT = Path(__file__).parent.parent
INNER_ACTION = ".github/actions/run/action.yml"
_OWN_PATH = "${{ github.action_path }}"


def pages() -> dict[str, str]:
    """Return the text of each file by its path."""
    return {
        "docs/formats.md": formats_md.render(),
        "docs/rules.md": rules_md.render(),
        "docs/metric-names.md": metric_names_md.render(),
        INNER_ACTION: _inner_action(),
    }


def _inner_action() -> str:
    """Return the action as the reusable workflows find it.

    They can name an action of their own repository and commit only by a folder: a runner refuses
    `$/` alone, which would be the root (https://github.com/actions/runner/pull/4457).
    """
    outer = (ROOT / "action.yml").read_text("utf-8")
    up = "/".join(".." for _ in Path(INNER_ACTION).parent.parts)
    head = "# Written by `make docs` from action.yml at the root, for the reusable workflows.\n"
    return head + outer.replace(_OWN_PATH, f"{_OWN_PATH}/{up}")


if __name__ == "__main__":
    for name, text in pages().items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(text, "utf-8")
