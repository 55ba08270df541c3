"""Merges the base into a pull request that conflicts with it in the results page only.

By row and cell, through the API: two parents, on the expected head, never by force, and judged
before it is made. A pull request where any other file conflicts needs a manual merge, and so does
one that changes submodules, or files that are folders on another side.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from itertools import islice

import msgspec
from github.PullRequest import PullRequest

from results_bot.collect.file import blob_hash
from results_bot.errors import (
    BotError,
    ForbiddenError,
    PageError,
    RateLimitedError,
    RefusedError,
)
from results_bot.evaluate import Evaluation, evaluate
from results_bot.git_command import merge_texts
from results_bot.github import approvals, checks, commits, judging, trainings
from results_bot.github.commits import FILE, SUBMODULE, Entry, Fork, Tree
from results_bot.github.context import Context
from results_bot.github.judging import publish
from results_bot.github.uploads import Gathered
from results_bot.page.merge import merge as merge_pages
from results_bot.report import wording

_MOST_FILES = 2000
"""Files that one request can put into a tree."""
_MOST_PULLS = 40
"""Pull requests that one run looks at, those that changed last."""
_NO_RUN = (
    "Nothing has measured this commit: GitHub has no workflow run for it. GitHub starts none while "
    "a pull request conflicts with its base, and deletes old ones. Merge {0} into this branch and "
    "push."
)
_WAITS = (
    "Nothing has measured this commit: its workflow run waits for approval. Approve the run, or "
    "merge {0} into this branch and push."
)
_DISPUTED = re.compile(r"\| ours .* / theirs ")


class ManualMergeError(BotError):
    """Only people can make this merge; the message gives the reason."""


class Merge(msgspec.Struct, frozen=True):
    """A merge that was judged and made."""

    head: str
    evaluation: Evaluation
    note: str


def merge(
    context: Context, pull: PullRequest, base: Fork, head: str, gathered: Gathered
) -> Merge | None:
    """Judge and make the merge of the base branch; None where none is needed or possible."""
    page, into, client = context.workspace.page, pull.base.ref, context.client
    texts = conflicting_pages(context, page, base, head) if context.may_commit(pull) else None
    if texts is None:
        return None
    old, ours, theirs = (commits.tree(client, sha) for sha in (base.merge_base, head, base.tip))
    try:
        taken, additions = _other_files(context, page, old, ours, theirs)
        files = {**theirs, **taken}
        found = _merged_page(context, base, head, gathered, texts, files, additions)
        counted = wording.counted(found.verdict)
        message = f"Merge {into} into {pull.head.ref}\n\nOnly {page} conflicted; {counted}."
        parents = [head, base.tip]
        sha = commits.create_commit(client, base.tip, parents, message, additions, taken)
        commits.advance(client, f"heads/{pull.head.ref}", head, sha)
    except (ManualMergeError, PageError, ForbiddenError, RefusedError) as error:
        where = f"{into} is not merged into #{pull.number}"
        context.say(f"{where}: {error}; it needs a manual merge")
        return None
    return Merge(sha, found, f"Merged {into} into this branch: only {page} conflicted.")


def _merged_page(
    context: Context,
    base: Fork,
    head: str,
    gathered: Gathered,
    texts: tuple[str, str, str],
    files: dict[str, Entry | None],
    additions: dict[str, str],
) -> Evaluation:
    """Return the verdict on the merged files, and add their page to `additions`."""
    page = context.workspace.page
    workspace = context.workspace.at(head, uploaded=gathered.paths)
    result = merge_pages(*texts, workspace.config, workspace.sections, merge_texts)
    if "text" in result.conflicts:
        raise ManualMergeError(f"the text around the tables of {page} conflicts")

    def judged(text: str) -> Evaluation:
        """Judge the tree that the merge would have, as a commit that exists nowhere yet."""
        additions[page] = text
        blobs: dict[str, bytes] = {}
        for path, data in ((path, one.encode()) for path, one in additions.items()):
            files[path] = Entry(FILE, blob_hash(data), len(data))
            blobs[blob_hash(data)] = data
        name = hashlib.sha1(f"{head} {base.tip} {text}".encode(), usedforsecurity=False).hexdigest()
        context.objects.add(name, {path: one for path, one in files.items() if one}, blobs)
        return evaluate(
            context.workspace, context.now, base.tip, name, uploads=gathered, will_refresh=True
        )

    found = judged(result.text)
    if _DISPUTED.search(found.fresh.text):
        what = ", ".join(result.conflicts)
        raise ManualMergeError(f"both sides changed {what}, and no artifact decides between them")
    return judged(found.fresh.text) if found.stale else found


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
                merged += [f"#{pull.number}"] if _merged(context.of_pull(pull), pull) else []
    except BotError as error:
        context.say(f"The remaining open pull requests were not looked at: {error}")
    return merged


def _merged(context: Context, pull: PullRequest) -> bool:
    head = pull.head.sha
    try:
        base = judging.forked_at(context, pull.base.ref, head)
        if conflicting_pages(context, context.workspace.page, base, head) is None:
            return False
        trained = trainings.of_pull(context, pull)
        if trained.missing:
            # No run of the pull request will report that the training is missing.
            with checks.checked(context, head, start=False) as check:
                why = _WAITS if trained.waiting else _NO_RUN
                check.refuse(why.format(pull.base.ref))
            return False
        if not trained.finished and not checks.conclusion_of(context, head):
            # The run that still trains merges at its end.
            return False
        counted = approvals.count(context, pull, base.tip)
        done = merge(context, pull, base, head, trainings.gather(context, trained))
        if done is None:
            return False
        found = done.evaluation
        with checks.checked(context, done.head, start=False, new=True) as check:
            review = judging.review_of(context, pull, found, done.head, counted, [done.note])
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
    if base.merge_base in (base.tip, head):
        return None
    texts: list[str] = []
    for sha in (base.merge_base, head, base.tip):
        found = context.repo.tree(sha, [page])
        data = next((one.read() for one in found if one.path == page), None)
        try:
            texts += [data.decode("utf-8")] if data is not None else []
        except UnicodeDecodeError:
            return None
    if len(texts) < 3:
        return None
    old, ours, theirs = texts
    # What git merges by itself is left to it.
    if not merge_texts(old, ours, theirs)[1]:
        return None
    return old, ours, theirs


def _other_files(
    context: Context, page: str, old: Tree, ours: Tree, theirs: Tree
) -> tuple[dict[str, Entry | None], dict[str, str]]:
    """Return the files to take from the pull request, and those to merge, besides the page.

    None stands for a file that goes. Raises ManualMergeError.
    """
    folders = {folder for path in theirs for folder in _folders(path)}
    taken: dict[str, Entry | None] = {}
    merged: dict[str, str] = {}
    for path in sorted(old.keys() | ours.keys()):
        was, own, other = old.get(path), ours.get(path), theirs.get(path)
        if path == page or own in (was, other):
            continue
        if any(path in tree and tree[path].mode == SUBMODULE for tree in (old, ours, theirs)):
            raise ManualMergeError(f"the pull request changes {path}, which is a submodule")
        # GitHub would put a file in place of the base's whole folder, and a folder in place of its
        # file.
        clash = path if path in folders else next((f for f in _folders(path) if f in theirs), "")
        if clash:
            raise ManualMergeError(f"{clash} is a folder on one side only")
        if other == was:
            taken[path] = own
            continue
        text = _merged_text(context, was, own, other) if was and own and other else None
        if text is None:
            raise ManualMergeError(f"{path} was changed on both sides")
        merged[path] = text
    if len(taken) > _MOST_FILES:
        raise ManualMergeError(
            f"the pull request changes {len(taken):,} files besides the page, "
            f"and GitHub takes {_MOST_FILES:,} at once"
        )
    return taken, merged


def _folders(path: str) -> list[str]:
    return [path[:at] for at, sign in enumerate(path) if sign == "/"]


def _merged_text(context: Context, *versions: Entry) -> str | None:
    """Return what git would make of two changes to one text; None for a conflict."""
    if any(one.mode != FILE for one in versions):
        return None
    try:
        old, ours, theirs = (commits.blob(context.client, one.sha).decode() for one in versions)
    except UnicodeDecodeError:
        return None
    if "\0" in old + ours + theirs:
        return None
    text, conflict = merge_texts(old, ours, theirs)
    return None if conflict else text
