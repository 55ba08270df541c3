"""A pull request that conflicts with its base in the results page only: the merge is made for it.

By row and cell, through the API: two parents, on the expected head, never by force. Any other file
that conflicts is left to people, and so are submodules and files that are folders on another side.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import msgspec

from results_bot.commands.assess import Assessment, assess
from results_bot.commands.ci_context import Context
from results_bot.errors import ForbiddenError, PageError, RefusedError
from results_bot.git_repo import merge_texts
from results_bot.github.artifacts import Gathered
from results_bot.github.contents import TreeEntry
from results_bot.github.pulls import PullRequest
from results_bot.page.merge import merge

_FILE = "100644"
_SUBMODULE = "160000"
_MOST_FILES = 2000
"""Files that one request can put into a tree."""
_DISPUTED = re.compile(r"\| ours .* / theirs ")
Tree = Mapping[str, TreeEntry]
"""All files of a commit by path."""


class Merged(msgspec.Struct, frozen=True):
    """The merge commit, which is the pull request's new head, and what is to be said of it."""

    sha: str
    note: str
    assessment: Assessment


class _Sides(msgspec.Struct, frozen=True):
    base: str
    ours: str
    theirs: str
    page: str
    texts: tuple[str, str, str]
    """The page on the three sides."""


class _Changes(msgspec.Struct, frozen=True):
    """What the pull request changed besides the page."""

    taken: Mapping[str, TreeEntry | None]
    """As it is there; None for what it deleted."""
    merged: Mapping[str, bytes]
    """With what the base changed in the same file."""


def merge_base_in(
    context: Context, pull: PullRequest, head: str, gathered: Gathered
) -> Merged | None:
    """Merge the base branch into the pull request's, where only the page stands in the way.

    Returns None where there is nothing to do, or nothing that may be done.
    """
    if not context.may_commit(pull) or context.options.dry_run:
        return None
    sides = _sides(context, pull, head)
    if sides is None:
        return None
    changed = _merged_files(context, sides)
    if isinstance(changed, str):
        where = f"{pull.base_branch} is not merged into #{pull.number}"
        context.say(f"{where}: {changed}; that is left to people")
        return None
    try:
        return _made(context, pull, sides, changed, gathered)
    except PageError as error:
        context.say(f"{sides.page} is left to people to merge: {error}")
    except (ForbiddenError, RefusedError) as error:
        context.say(f"The merge with {pull.base_branch} could not be made: {error}")
    return None


def page_conflicts(context: Context, pull: PullRequest, head: str) -> bool:
    """Tell whether git cannot merge the page; costs two requests where the checkout has both."""
    return _sides(context, pull, head) is not None


def _sides(context: Context, pull: PullRequest, head: str) -> _Sides | None:
    """Return what is to be merged; None where the page is not in conflict."""
    hub, page = context.hub, context.workspace.page
    theirs = hub.commits.head(pull.base_branch)
    base = hub.pulls.merge_base(pull.base_branch, head)
    if theirs is None or base is None or base in (theirs, head):
        return None
    found = [_page_at(context, page, sha) for sha in (base, head, theirs)]
    try:
        texts = [data.decode("utf-8") for data in found if data is not None]
    except UnicodeDecodeError:
        return None
    if len(texts) < len(found):
        return None
    old, ours, other = texts
    # What git merges by itself is no business of ours.
    if old in (ours, other) or ours == other or not merge_texts(old, ours, other)[1]:
        return None
    return _Sides(base, head, theirs, page, (old, ours, other))


def _page_at(context: Context, page: str, commit: str) -> bytes | None:
    repo = context.workspace.repo
    listed = repo.tree(commit, [page]) if repo else ()
    return next((one.read() for one in listed if one.path == page), None)


def _merged_files(context: Context, sides: _Sides) -> _Changes | str:
    """Return what is to be put into the base's tree, or why that is left to people."""
    old, ours, theirs = (
        {one.path: one for one in context.hub.contents.tree(sha, submodules=True)}
        for sha in (sides.base, sides.ours, sides.theirs)
    )
    folders = {folder for path in theirs for folder in _folders(path)}
    taken: dict[str, TreeEntry | None] = {}
    merged: dict[str, bytes] = {}
    for path in sorted(old.keys() | ours.keys()):
        was, own, other = (_blob(tree, path) for tree in (old, ours, theirs))
        if path == sides.page or own in (was, other):
            continue
        if why := _awkward(path, (old, ours, theirs), folders):
            return why
        if other == was:
            taken[path] = ours.get(path)
            continue
        text = _merged_text(context, old.get(path), ours.get(path), theirs.get(path))
        if text is None:
            return f"{path} was changed on both sides"
        merged[path] = text
    if len(taken) > _MOST_FILES:
        return (
            f"the pull request changes {len(taken):,} files besides the page, "
            f"and GitHub takes {_MOST_FILES:,} at once"
        )
    return _Changes(taken, merged)


def _blob(tree: Tree, path: str) -> tuple[str, str] | None:
    return (tree[path].mode, tree[path].sha) if path in tree else None


def _awkward(path: str, sides: tuple[Tree, Tree, Tree], folders: Collection[str]) -> str:
    """Tell why what the pull request did to a path cannot simply be put in; empty where it can.

    GitHub would put a file in place of the base's whole folder (`folders` are all that it has),
    and a folder in place of its file.
    """
    _, ours, theirs = sides
    if any(path in tree and tree[path].mode == _SUBMODULE for tree in sides):
        return f"the pull request changes {path}, which is a submodule"
    if path not in ours:
        return ""
    if path in folders:
        return f"{path} is a file in the pull request and a folder in its base"
    above = next((folder for folder in _folders(path) if folder in theirs), None)
    if above is None:
        return ""
    what = "submodule" if theirs[above].mode == _SUBMODULE else "file"
    return f"{above} is a folder in the pull request and a {what} in its base"


def _folders(path: str) -> list[str]:
    return [path[:at] for at, sign in enumerate(path) if sign == "/"]


def _merged_text(
    context: Context, old: TreeEntry | None, ours: TreeEntry | None, theirs: TreeEntry | None
) -> bytes | None:
    """Return what git would make of two changes to one file; None for a conflict."""
    if old is None or ours is None or theirs is None:
        return None
    if {old.mode, ours.mode, theirs.mode} != {_FILE}:
        return None
    found = [context.hub.contents.blob(one.sha) for one in (old, ours, theirs)]
    if any(b"\0" in data for data in found):
        return None
    text, conflict = merge_texts(*(data.decode("utf-8", "surrogateescape") for data in found))
    return None if conflict else text.encode("utf-8", "surrogateescape")


def _made(
    context: Context,
    pull: PullRequest,
    sides: _Sides,
    changed: _Changes,
    gathered: Gathered,
) -> Merged | None:
    """Make the merge, judge it, and move the branch to it if it is still where it was."""
    workspace = context.workspace.at(sides.ours, uploaded=gathered.paths)
    result = merge(*sides.texts, workspace.config, workspace.sections, merge_texts)
    if "text" in result.conflicts:
        context.say(f"{sides.page}: people's words conflict, and are left to them")
        return None
    message = f"Merge {pull.base_branch} into {pull.head_branch}\n\nOnly {sides.page} conflicted."

    def commit(page: str) -> str:
        additions = {**changed.merged, sides.page: page.encode("utf-8")}
        parents = [sides.ours, sides.theirs]
        return context.hub.commits.create_merge(
            sides.theirs, parents, message, additions, changed.taken
        )

    def judged(sha: str) -> Assessment:
        return assess(context.workspace, sides.theirs, sha, gathered, context.now, renewed=True)

    sha = commit(result.text)
    found = judged(sha)
    if _DISPUTED.search(found.fresh.text):
        what = ", ".join(result.conflicts)
        context.say(f"{sides.page}: both sides changed {what}, and no artifact tells which holds")
        return None
    if found.stale:
        # The first one stays on no branch.
        sha = commit(found.fresh.text)
        found = judged(sha)
    if context.hub.commits.fast_forward(pull.head_branch, sha) is not None:
        return None
    note = f"Merged {pull.base_branch} into this branch: only {sides.page} conflicted."
    return Merged(sha, note, found)
