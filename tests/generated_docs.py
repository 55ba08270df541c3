"""The pages under `docs/` that are written from the code; `make docs` writes them."""

from __future__ import annotations

from pathlib import Path

from bot.report import formats_md, rules_md

DOCS = Path(__file__).parent.parent / "docs"


def pages() -> dict[str, str]:
    """Return the text of each page by its name."""
    return {"formats.md": formats_md.render(), "rules.md": rules_md.render()}


if __name__ == "__main__":
    for name, text in pages().items():
        (DOCS / name).write_text(text, "utf-8")
