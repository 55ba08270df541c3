"""`diff`: the artifacts of a commit, or those here, against the page of another commit.

`approve` prints the command that accepts what waits, to paste into a pull request.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from msgspec.structs import replace

from results_bot.commands.invocation import Invocation, base_argument, comparison
from results_bot.console import Outcome
from results_bot.errors import BotError, ExitCode, RepositoryError
from results_bot.escape import printable
from results_bot.evaluate import Evaluation, evaluate
from results_bot.git import GitRepo
from results_bot.judge.approvals import SHOWN, Approvals, Statement, decide, digest, place
from results_bot.numbers import plural
from results_bot.report import comment, export, terminal
from results_bot.report.markdown import Budget
from results_bot.report.review import Provenance
from results_bot.workspace import Workspace


@click.command()
@click.option(
    "--format", "output", type=click.Choice(["terminal", "md", "json"]), default="terminal"
)
@click.option("--json", "output", flag_value="json", help="The same as --format json.")
@click.option("--all", "everything", is_flag=True, help="Show everything, older findings too.")
@comparison
@click.pass_obj
def diff(
    call: Invocation,
    base: str | None,
    head: str | None,
    output: str,
    everything: bool,
    approved: str | None,
    parts: tuple[str, ...],
) -> Outcome:
    """Judge the changes between two commits, or from BASE to the artifacts here.

    BASE defaults to the default branch. Without HEAD, the artifacts are compared with the commit
    where this branch left BASE; with HEAD, exactly these two commits are compared.
    """
    workspace, screen = call.workspace(parts, head), call.screen
    found = compared(workspace, call.now, base, head)
    verdict = found.verdict
    approvals = approvals_of(found, approved)
    problems = found.collection.problems
    code = ExitCode.UNREADABLE if problems else ExitCode.OK
    code = code if approvals.complete else ExitCode.CHANGED
    notes = terminal.problems((*problems, *found.remarks), screen)
    if not workspace.page_at(found.base):
        has_runs = any(section.rows for section in found.before.sections)
        what = "its artifacts are compared" if has_runs else "every run counts as added"
        notes += f"warning: {found.base[:8]} has no page; {what}\n"
    if output == "json":
        document = {
            "base": found.base,
            "head": head,
            "compared": verdict.compared,
            "blocking": len(approvals.pending),
            "approved": len(approvals.accepted),
            "digest": approvals.digest,
            "findings": export.findings_json(verdict.findings),
            "changes": export.changes_json(verdict),
        }
        return Outcome(code, notes=notes, document=document)
    if output == "md":
        review = found.review(Provenance("results", found.base, found.head), approvals)
        return Outcome(code, comment.body(review, Budget(10**9, len), "`--all`"), notes)
    summary = found.case.head
    accepted = [finding for finding, _ in approvals.accepted]
    findings = terminal.findings(verdict, summary, screen, everything=everything, approved=accepted)
    if accepted:
        findings += f"{plural(len(accepted), 'finding')} approved by {printable(approved or '')}.\n"
    changed = terminal.changes(verdict, screen, everything=everything)
    text = f"{findings}\n{changed}" if findings else changed
    if approvals.pending and head is None:
        waiting = plural(len(approvals.pending), "finding waits", "findings wait")
        text += f"\n{waiting} for approval: `results-bot approve` prints the command for it.\n"
    repo = workspace.repo
    is_clean = not (found.case.changes or verdict.findings or problems)
    if found.base_name and repo and repo.head == found.base and is_clean:
        text += "`results-bot diff HEAD~1 HEAD` compares the last commit with the one before.\n"
    return Outcome(code, heading(found) + text, notes + refused(approvals))


@click.command()
@base_argument
@click.pass_obj
def approve(call: Invocation, base: str | None) -> Outcome:
    """Print the command that approves the current findings."""
    found = compared(call.workspace(), call.now, base)
    waiting = found.verdict.blocking
    if not waiting:
        return Outcome(text=f"{heading(found)}Nothing waits for approval.")
    command = f"/approve-metrics {digest(waiting, found.workspace.page)[:SHOWN]}"
    places = dict.fromkeys(place(finding) for finding in waiting if finding.run)
    parts = [
        "These wait for approval:",
        *(f"  {finding.message}  [{finding.id}]" for finding in waiting),
        "",
        "A reviewer with write permission accepts exactly these values with",
        "",
        f"  {command}",
    ]
    if len(places) > 1:
        parts += ["", "or one run at a time with", "", *(f"  {command} {one}" for one in places)]
    return Outcome(text=heading(found) + "\n".join(parts))


def compared(
    workspace: Workspace, now: datetime, base: str | None, head: str | None = None
) -> Evaluation:
    """Return what `diff BASE HEAD` judges. Raises RepositoryError outside of git."""
    if workspace.repo is None:
        raise RepositoryError("there is no git repository here, and so no commit to compare with")
    commit, name = _base(workspace.repo, base, head)
    found = evaluate(workspace, now, commit, workspace.repo.commit(head) if head else "")
    if head is None:
        found.require_runs()
    return replace(found, base_name=name)


def approvals_of(found: Evaluation, file: str | None) -> Approvals:
    """Return what a file of commands accepts, as if somebody with write permission gave them."""
    statements: list[Statement] = []
    if file is not None:
        try:
            body = Path(file).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BotError(f"{file}: cannot be read ({error})") from None
        statements.append(Statement(0, file, "", body, permission="write"))
    blocking, page = found.verdict.blocking, found.workspace.page
    return decide(blocking, statements, "", "", runs=found.runs, page=page)


def refused(approvals: Approvals) -> str:
    """Return a line for each command that did nothing."""
    return "".join(
        f"not approved: {printable(one.command)}: {one.why}\n" for one in approvals.refused
    )


def _base(repo: GitRepo, base: str | None, head: str | None) -> tuple[str, str]:
    """Return the base commit, and what HEAD left there; the latter empty for `base` itself.

    The base is where HEAD left `base` or the default branch: what these got since is not this
    work. Where there is no such commit it is `base` itself; without `base`, RepositoryError is
    raised, since another base would hide what changed.
    """
    if base is not None:
        named = repo.commit(base)
        left = named if head else repo.merge_base(named, "HEAD") or named
        return left, "" if left == named else base
    if not repo.head:
        raise RepositoryError("there is no commit yet to compare with")
    branch, name_one = repo.default_branch(), "give the commit to compare with as BASE"
    if branch is None:
        raise RepositoryError(f"no branch here is known as the default one; {name_one}")
    found = repo.merge_base(repo.commit(branch), "HEAD")
    if found is None:
        shallow = (
            " in this shallow clone; run `git fetch --unshallow`, or" if repo.is_shallow else ";"
        )
        raise RepositoryError(f"HEAD and {branch} have no common ancestor{shallow} {name_one}")
    return found, branch


def heading(found: Evaluation) -> str:
    """Return a line that names both sides, where the base is not the commit that was named."""
    repo, name = found.workspace.repo, found.base_name
    if repo is None or not name:
        return ""
    if repo.commit(name) == found.base:
        return f"Work tree compared with {name}.\n"
    return f"Work tree compared with {found.base[:8]}, where it left {name}.\n"
