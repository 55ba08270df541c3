"""A pull request whose run can only read: judge for the job's summary, and hand on raw metrics."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from results_bot.commands.assess import assess
from results_bot.commands.ci_context import Context
from results_bot.commands.ci_gather import gather
from results_bot.commands.ci_judge import base_of, plain_review
from results_bot.commands.ci_report import said
from results_bot.commands.ci_result import Result, judged
from results_bot.commands.ci_upload import write_uploads
from results_bot.github.activity import CollectOnly
from results_bot.report import job_summary, workflow_commands
from results_bot.report.page_annotations import annotate


def run(context: Context, activity: CollectOnly) -> Result:
    """Send nothing to GitHub; the trusted half judges for itself from what is uploaded."""
    gathered = gather(context)
    base = base_of(context, activity.base_branch, activity.head_sha)
    found = assess(context.workspace, base, activity.head_sha, gathered, context.now, renewed=True)
    upload = write_uploads(found.workspace, gathered, Path(context.run.folder))
    note = f"Read only, since {activity.reason}: comment and check run come from the trusted half."
    review = replace(plain_review(context, found, activity.head_sha), notes=(note,))
    result = judged(review, said(review), changed=found.stale, summary=job_summary.render(review))
    return replace(
        result, upload=upload, commands=workflow_commands.lines(annotate(review, found.old))
    )
