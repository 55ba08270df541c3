"""The artifacts that other jobs of this run left, and the ones that should be there and are not."""

from __future__ import annotations

from msgspec.structs import replace

from results_bot.commands.ci_context import Context, Options
from results_bot.github.absent import absent
from results_bot.github.artifacts import Gathered, from_folder, from_run
from results_bot.github.placing import Placing
from results_bot.model import Problem


def gather(context: Context) -> Gathered:
    """Return what this run's jobs uploaded; whatever lacks is among the problems."""
    options = context.options
    if not (options.artifacts or options.artifacts_folder or options.expected_artifacts):
        return Gathered()
    return gather_run(context, context.run.id)


def gather_run(context: Context, run_id: int) -> Gathered:
    """Return what the jobs of a run uploaded, from the downloaded folder where there is one."""
    options = context.options
    placing = Placing(options.artifacts or "*", options.artifacts_prefix)
    if options.artifacts_folder:
        found = from_folder(context.folder / options.artifacts_folder, placing)
    else:
        found = from_run(context.hub.runs, run_id, placing)
    return replace(found, problems=(*found.problems, *_absent(context, run_id, found)))


def _absent(context: Context, run_id: int, found: Gathered) -> list[Problem]:
    runs = context.hub.runs
    # What has expired was uploaded, and is named by itself.
    names = (*(found.names or _all_names(context, run_id, found)), *found.expired)
    missing = absent(runs.jobs(run_id), names, _expected(context.options))
    known = {problem.file for problem in found.problems}
    # One that is there and cannot be used has been named with its reason.
    return [Problem(one.name, one.reason) for one in missing if one.name not in known]


def _expected(options: Options) -> tuple[str, ...]:
    if options.expected_artifacts:
        return options.expected_artifacts
    return (options.artifacts,) if options.artifacts else ()


def _all_names(context: Context, run_id: int, found: Gathered) -> tuple[str, ...]:
    """Return what was uploaded, where the downloaded folder does not tell it apart."""
    if not any(bundle.files for bundle in found.bundles):
        return ()
    listed = context.hub.runs.artifacts(run_id)
    return tuple(one.name for one in listed if not one.expired)
