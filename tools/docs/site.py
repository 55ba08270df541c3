"""Hooks of the documentation site: pages that live at the root of the repository.

MkDocs calls them by name, see https://www.mkdocs.org/user-guide/plugins/#events.
"""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT_PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "RESULTS.md": "results.md",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the root's pages, with their links as seen from the folder docs/."""
    root = Path(config.docs_dir).parent
    for source, target in ROOT_PAGES.items():
        text = (root / source).read_text("utf-8").replace("](docs/", "](")
        files.append(File.generated(config, target, content=text))
    return files


def on_page_markdown(markdown: str, **_unused: object) -> str:
    """Point links to the root's pages at their copies in the site."""
    for source, target in ROOT_PAGES.items():
        markdown = markdown.replace(f"](../{source})", f"]({target})")
    return markdown
