"""Merges the base into a pull request that conflicts with it in the results page only.

By row and cell, through the API: two parents, on the expected head, never by force, and judged
before it is made. A pull request where any other file conflicts needs a manual merge, and so does
one that changes submodules, or files that are folders on another side.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from itertools import islice

import msgspec
from github.PullRequest import PullRequest

from results_bot.errors import BotError, PageError, RateLimitedError
from results_bot.evaluate import Evaluation, evaluate
from results_bot.git_command import merge_texts
from results_bot.github import approvals, checks, commits, judging, runs
from results_bot.github.artifacts import Gathered
from results_bot.github.commits import FILE, SUBMODULE, Entry, Fork, HeadMoved, Tree
from results_bot.github.context import Context
from results_bot.github.publish import publish
from results_bot.page.merge import merge

_MOST_FILES = 2000
"""Files that one request can put into a tree."""
_MOST_PULLS = 40
"""Pull requests that one run looks at, those that changed last."""
_DISPUTED = re.compile(r"\| ours .* / theirs ")


class Merge(msgspec.Struct, frozen=True):
    """A merge that was judged, and is not made yet."""

    ours: str
    theirs: str
    message: str
    additions: Mapping[str, bytes]
    """The page, and files that both sides changed apart."""
    taken: Mapping[str, Entry | None]
    """Files as the pull request has them; None for what it deleted."""
    evaluation: Evaluation
    note: str


def prepare(
    context: Context, pull: PullRequest, base: Fork, head: str, gathered: Gathered
) -> Merge | None:
    """Return the merge of the base branch, judged; None where none is needed or possible."""
    page = context.workspace.page
    texts = conflicting_pages(context, page, base, head)
    if texts is None:
        return None
    client, into = context.client, pull.base.ref
    sides = tuple(commits.tree(client, sha) for sha in (base.merge_base, head, base.tip))
    changed = _other_files(context, page, *sides)
    if isinstance(changed, str):
        where = f"{into} is not merged into #{pull.number}"
        context.say(f"{where}: {changed}; it needs a manual merge")
        return None
    taken, additions = changed
    workspace = context.workspace.at(head, uploaded=gathered.paths)
    try:
        result = merge(*texts, workspace.config, workspace.sections, merge_texts)
    except PageError as error:
        context.say(f"{page} needs a manual merge: {error}")
        return None
    if "text" in result.conflicts:
        context.say(f"{page}: the text around the tables conflicts, and needs a manual merge")
        return None

    def judged(text: str) -> Evaluation:
        """Judge the tree that the merge would have, as a commit that exists nowhere yet."""
        made = {**additions, page: text.encode("utf-8")}
        blobs = {commits.blob_sha(data): data for data in made.values()}
        files: dict[str, Entry] = dict(sides[2])
        files |= {path: one for path, one in taken.items() if one is not None}
        files |= {
            path: Entry(FILE, commits.blob_sha(data), len(data)) for path, data in made.items()
        }
        for path in (path for path, one in taken.items() if one is None):
            files.pop(path, None)
        name = hashlib.sha1(f"{head} {base.tip} {text}".encode(), usedforsecurity=False).hexdigest()
        context.objects.add(name, files, blobs)
        return evaluate(
            context.workspace, context.now, base.tip, name, uploads=gathered, renewed=True
        )

    text = result.text
    found = judged(text)
    if _DISPUTED.search(found.fresh.text):
        what = ", ".join(result.conflicts)
        context.say(f"{page}: both sides changed {what}, and no artifact decides between them")
        return None
    if found.stale:
        text = found.fresh.text
        found = judged(text)
    return Merge(
        head,
        base.tip,
        f"Merge {into} into {pull.head.ref}\n\nOnly {page} conflicted.",
        {**additions, page: text.encode("utf-8")},
        taken,
        found,
        f"Merged {into} into this branch: only {page} conflicted.",
    )


def make(context: Context, pull: PullRequest, merge: Merge) -> str | HeadMoved:
    """Make the merge commit and move the branch to it if it is still where it was."""
    sha = commits.create_commit(
        context.client,
        merge.theirs,
        [merge.ours, merge.theirs],
        merge.message,
        merge.additions,
        merge.taken,
    )
    return commits.fast_forward(context.client, pull.head.ref, sha) or sha


def merge_into_open(context: Context, branch: str, leave: Collection[str] = ()) -> list[str]:
    """Merge a branch into the open pull requests that need it; return `#7` for each.

    Their own runs look only when something happens to them. One that fails keeps none of the
    others from being merged. `leave` are head branches that are kept current elsewhere.
    """
    merged: list[str] = []
    if context.inputs.dry_run or not context.inputs.commit:
        return merged
    try:
        found = context.client.repo.get_pulls("open", "updated", "desc", branch)
        # GitHub ignores a filter it cannot read, and then returns every pull request.
        into = (one for one in islice(found, _MOST_PULLS) if one.base.ref == branch)
        for pull in into:
            if pull.head.ref not in leave and context.may_commit(pull):
                merged += [f"#{pull.number}"] if _merged(context, pull) else []
    except BotError as error:
        context.say(f"The remaining open pull requests were not looked at: {error}")
    return merged


def _merged(context: Context, pull: PullRequest) -> bool:
    head = pull.head.sha
    context = context.of_pull(pull)
    try:
        base = judging.forked_at(context, pull.base.ref, head)
        if conflicting_pages(context, context.workspace.page, base, head) is None:
            return False
        trainings = runs.of_pull(context, pull)
        running = not trainings.finished and not checks.conclusion_of(context, head)
        if running or trainings.missing:
            # The run that still trains, or that is to come, merges at its end.
            return False
        merge = prepare(context, pull, base, head, runs.gather(context, trainings))
        if merge is None:
            return False
        counted = approvals.count(context, pull, base.tip)
        made = make(context, pull, merge)
        if isinstance(made, HeadMoved):
            return False
        found = merge.evaluation
        with checks.watched(context, made, new=True) as check:
            review = judging.review_of(context, pull, found, made, counted, [merge.note])
            publish(context, pull, review, counted, found, check)
    except RateLimitedError:
        raise
    except BotError as error:
        context.say(f"#{pull.number} was left as it is: {error}")
        return False
    return True


def conflicting_pages(
    context: Context, page: str, base: Fork, head: str
) -> tuple[str, str, str] | None:
    """Return the page at merge base, head and tip where git cannot merge it; else None."""
    repo = context.workspace.repo
    if repo is None or base.merge_base in (base.tip, head):
        return None
    texts: list[str] = []
    for sha in (base.merge_base, head, base.tip):
        data = next((one.read() for one in repo.tree(sha, [page]) if one.path == page), None)
        try:
            texts += [data.decode("utf-8")] if data is not None else []
        except UnicodeDecodeError:
            return None
    if len(texts) < 3:
        return None
    old, ours, theirs = texts
    # What git merges by itself is left to it.
    if old in (ours, theirs) or ours == theirs or not merge_texts(old, ours, theirs)[1]:
        return None
    return old, ours, theirs


def _other_files(
    context: Context, page: str, old: Tree, ours: Tree, theirs: Tree
) -> tuple[dict[str, Entry | None], dict[str, bytes]] | str:
    """Return the files to take and to merge besides the page, or why that needs a manual merge."""
    folders = {folder for path in theirs for folder in _folders(path)}
    taken: dict[str, Entry | None] = {}
    merged: dict[str, bytes] = {}
    for path in sorted(old.keys() | ours.keys()):
        was, own, other = old.get(path), ours.get(path), theirs.get(path)
        if path == page or own in (was, other):
            continue
        if why := _awkward(path, (old, ours, theirs), folders):
            return why
        if other == was:
            taken[path] = own
            continue
        if was is None or own is None or other is None:
            return f"{path} was changed on both sides"
        text = _merged_text(context, was, own, other)
        if text is None:
            return f"{path} was changed on both sides"
        merged[path] = text
    if len(taken) > _MOST_FILES:
        return (
            f"the pull request changes {len(taken):,} files besides the page, "
            f"and GitHub takes {_MOST_FILES:,} at once"
        )
    return taken, merged


def _awkward(path: str, sides: tuple[Tree, Tree, Tree], folders: Collection[str]) -> str:
    """Return why a path of the pull request cannot simply replace the base's; empty if it can.

    GitHub would put a file in place of the base's whole folder (`folders` are all that it has),
    and a folder in place of its file.
    """
    _, ours, theirs = sides
    if any(path in tree and tree[path].mode == SUBMODULE for tree in sides):
        return f"the pull request changes {path}, which is a submodule"
    if path not in ours:
        return ""
    if path in folders:
        return f"{path} is a file in the pull request and a folder in its base"
    above = next((folder for folder in _folders(path) if folder in theirs), None)
    if above is None:
        return ""
    what = "submodule" if theirs[above].mode == SUBMODULE else "file"
    return f"{above} is a folder in the pull request and a {what} in its base"


def _folders(path: str) -> list[str]:
    return [path[:at] for at, sign in enumerate(path) if sign == "/"]


def _merged_text(context: Context, old: Entry, ours: Entry, theirs: Entry) -> bytes | None:
    """Return what git would make of two changes to one file; None for a conflict."""
    if {old.mode, ours.mode, theirs.mode} != {FILE}:
        return None
    found = [commits.blob(context.client, one.sha) for one in (old, ours, theirs)]
    if any(b"\0" in data for data in found):
        return None
    text, conflict = merge_texts(*(data.decode("utf-8", "surrogateescape") for data in found))
    return None if conflict else text.encode("utf-8", "surrogateescape")
