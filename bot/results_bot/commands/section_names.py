"""Whole sections: another id, in the page's markers and the configuration, or off the page."""

from __future__ import annotations

import re

from results_bot.commands.outcome import Outcome
from results_bot.config import parse
from results_bot.errors import BotError
from results_bot.page.document import Page, markers
from results_bot.workspace import Workspace

_HEADING = re.compile(r"#{1,6} [^\n]*\n\s*\Z")


def rename_section(workspace: Workspace, page: Page, old: str, new: str) -> Outcome:
    """Give a section another id. Raises BotError where no configuration file names it."""
    if new in page.blocks:
        raise BotError(f"{new}: the page has a section of this name already")
    file, text = _configured(workspace)
    line = re.compile(rf"""^(\s*id\s*=\s*)(["']){re.escape(old)}\2""", re.MULTILINE)
    if len(line.findall(text)) != 1:
        raise BotError(
            f'{old}: {file or "no configuration file"} has no line id = "{old}", so that its '
            "folder names it; rename the folder, or give the section an id of its own first"
        )
    config = line.sub(lambda found: f"{found[1]}{found[2]}{new}{found[2]}", text)
    parse(config, file)  # An id that cannot be one is an error before anything is written.
    shown = page.text
    for before, after in zip(markers(old), markers(new), strict=True):
        shown = shown.replace(before, after)
    workspace.write(file, config)
    workspace.write(workspace.page, shown)
    return Outcome(text=f"{workspace.page}, {file}: section {old} is {new} now.")


def without_section(page: Page, section: str) -> str:
    """Return the page's text without a section's block and the heading right above it."""
    before = _HEADING.sub("", page.text[: page.begin(section)])
    after = page.text[page.blocks[section].end :].removeprefix(markers(section)[1])
    return before + after.lstrip("\r\n")


def _configured(workspace: Workspace) -> tuple[str, str]:
    file = workspace.config_file
    return (file, (workspace.root / file).read_text("utf-8")) if file else ("", "")
