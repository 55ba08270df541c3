"""`merge-driver`: what git runs for a page that both sides of a merge changed."""

from __future__ import annotations

from pathlib import Path

from results_bot.commands.merge_sides import Sides
from results_bot.commands.outcome import Outcome
from results_bot.errors import BotError, ExitCode, PageError
from results_bot.git import merge_texts
from results_bot.page.merge import Merged, merge
from results_bot.workspace import Workspace, write_atomically


def run(
    workspace: Workspace, base: str, ours: str, theirs: str, path: str, label: str = ""
) -> Outcome:
    """Merge into the file `ours`. Exit code 1 leaves the page to people, with conflicts named.

    `label` is git's name for the other side: a branch, or a commit and its subject.
    """
    texts = _text(base), _text(ours), _text(theirs)
    try:
        sides = Sides(workspace, texts[1], texts[2], label)
        merged = merge(
            *texts,
            workspace.config,
            workspace.sections,
            merge_texts,
            sides.supported,
            sides.material,
        )
    except PageError as error:
        # Without whole markers there are no tables to merge, only text.
        text, conflict = merge_texts(*texts)
        merged = Merged(text, ("text",) if conflict else ())
        write_atomically(Path(ours), merged.text.encode("utf-8"))
        return Outcome(_code(merged), notes=f"results-bot: {error}; merged as text\n")
    write_atomically(Path(ours), merged.text.encode("utf-8"))
    page = path or workspace.page
    if merged.conflicts:
        what = ", ".join(merged.conflicts)
        return Outcome(_code(merged), notes=f"results-bot: {page}: settle by hand: {what}\n")
    return Outcome(notes=f"results-bot: {page} merged by row and cell\n")


def _code(merged: Merged) -> ExitCode:
    return ExitCode.CHANGED if merged.conflicts else ExitCode.OK


def _text(name: str) -> str:
    try:
        return Path(name).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BotError(f"{name}: cannot be merged ({error})") from None
