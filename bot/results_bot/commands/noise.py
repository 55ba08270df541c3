"""`noise`: how far each value moves by chance, from which source, and what would show more."""

from __future__ import annotations

from collections.abc import Iterator

import click
import msgspec
from msgspec.structs import replace

from results_bot.commands.invocation import Invocation, json_option
from results_bot.console import Outcome
from results_bot.escape import printable
from results_bot.evaluate import Evaluation, evaluate
from results_bot.judge.evidence.strongest import strongest
from results_bot.judge.noise import earlier_values, spreads_of_seeds
from results_bot.model import EvidenceKind
from results_bot.numbers import plural
from results_bot.page import cells
from results_bot.page.section import RunRow, no_samples
from results_bot.report import terminal

ADVICE = (
    "To learn more about a value: train it with several seeds, write the number of test samples "
    "(num_samples) or predictions.csv beside its metrics, or let the page's history grow: four "
    "measurements of a row on the base branch are enough."
)

_STANDARD_ERROR = "standard error"
"""The source of values whose artifacts state a standard error and no number of samples."""
_SOURCES = {
    EvidenceKind.SEEDS: "{n} seeds",
    EvidenceKind.HISTORY: "{n} earlier values",
    EvidenceKind.PAIRED: "predictions",
    EvidenceKind.COUNTS: "{n:,} sample{s}",
    _STANDARD_ERROR: _STANDARD_ERROR,
    EvidenceKind.SIBLINGS: "seeds of other rows",
    None: "nothing",
}


class KnownNoise(msgspec.Struct, frozen=True):
    """What is known of the noise of one value."""

    section: str
    run: str
    metric: str
    source: str | None = None
    """The kind of evidence, or `standard error`."""
    n: int = 0
    """Seeds, earlier values or samples; 0 where they are not what the source counts."""
    spread: float | None = None
    """Standard deviation of one value."""
    smallest: float | None = None
    """Change that is called real from there on, where it is the only one in a report."""


@click.command()
@json_option
@click.pass_obj
def noise(call: Invocation, as_json: bool) -> Outcome:
    """Show how far each value moves by chance, as far as known, and what would show more."""
    found = evaluate(call.workspace(), call.now)
    found.require_runs()
    known = list(_known(found))
    if as_json:
        return Outcome(document=msgspec.to_builtins(known))
    from rich.table import Table
    from rich.text import Text

    parts: list[Table | Text] = []
    for section in found.fresh.summary.sections:
        table = Table.grid(padding=(0, 2, 0, 0))
        titles = ("  Run", "Metric", "Known from", "Spread", "Real from")
        for title in titles:
            table.add_column(no_wrap=title != "  Run", overflow="fold", min_width=5)
        table.add_row(*titles)
        here = [one for one in known if one.section == section.id]
        for one in here:
            metric = section.metric(one.metric)
            spec = metric.format if metric else ""
            title = metric.title if metric else one.metric
            sizes = (one.spread, one.smallest)
            texts = ["" if size is None else cells.size(size, spec) for size in sizes]
            source = _SOURCES[one.source].format(n=one.n, s="" if one.n == 1 else "s")
            table.add_row(f"  {printable(one.run)}", printable(title), source, *texts)
        if here:
            parts += [Text(printable(section.id), style="bold"), table, Text("")]
    unknown = sum(one.source is None for one in known)
    if unknown:
        parts.append(Text(f"Nothing is known of {unknown} of {plural(len(known), 'value')}."))
        parts.append(Text(ADVICE))
    if found.case.past_is_cut:
        parts.append(Text("Older versions of the page were not fetched: git fetch --unshallow."))
    return Outcome(text=terminal.draw(parts, call.screen))


def _known(found: Evaluation) -> Iterator[KnownNoise]:
    """Yield the best source of every value that is judged, in the order of the page."""
    summary = replace(found.fresh.summary, samples=no_samples)
    wanted = {(one.id, name): one for one in summary.sections for name in one.names}
    history = earlier_values(found.case.past(), wanted)
    for section in summary.sections:
        siblings = spreads_of_seeds(section)
        for row in section.rows:
            here = RunRow(section, row, section.runs.get(row.run))
            for metric in (one for one in section.judged if one.key in row.values):
                levels = history.get((section.id, row.run, metric.key), ())
                # Judged as if it came out the same once more: the interval is what noise covers.
                evidence = strongest(
                    metric, here, here, summary, summary, levels, siblings.get(metric.key)
                )
                trained = evidence.kind in (EvidenceKind.SEEDS, EvidenceKind.HISTORY)
                one = KnownNoise(section.id, row.run, metric.key)
                if here.run and here.run.predictions and not trained:
                    yield replace(one, source=EvidenceKind.PAIRED)
                elif evidence.interval is None:
                    yield one
                else:
                    low, high = evidence.interval
                    n = evidence.sides[0] if evidence.sides else evidence.n or 0
                    is_counted = n or evidence.kind is not EvidenceKind.COUNTS
                    yield replace(
                        one,
                        source=evidence.kind if is_counted else _STANDARD_ERROR,
                        n=n,
                        spread=row.values[metric.key].std or evidence.spread,
                        smallest=(high - low) / 2,
                    )
