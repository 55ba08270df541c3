"""`docs/formats.md`: every format that is read, from the readers themselves."""

from __future__ import annotations

from collections.abc import Sequence

from results_bot.collect.extracted import Reader
from results_bot.collect.paths import DATABASES, DEFAULT_FOLDERS
from results_bot.collect.readers import READERS

_INTRO = """\
# Formats

The artifact formats that results-bot reads, how it recognises each, and the pitfalls it handles. \
Each file is read by the first reader that recognises it; the generic readers come last. \
`results-bot inspect PATH` shows which reader read a file, what it took, what it left out, and why.

Without configuration, results-bot searches {folders}, and {databases} at the top of the \
repository. Each of them becomes one section or more: folders that differ in a seed, a date or a \
random identifier are one, and single runs stand with their siblings. Results at the top, such as \
`metrics.json` or `results.csv`, are a section too. If there is no finished run, `results-bot \
init` searches all other folders.

## What a run is

- A folder of files is a run; trailing folders that say nothing (`metrics/`, `version_0/`) belong \
to the one above. A file that is named for what it is of (`bert.json` beside `gpt.json`) is a run \
of its own.
- A table has a run for each row: a CSV with a column that names the rows, a list of records, an \
object whose keys are models or data sets.
- Settings, descriptions of data or checkpoints, and folders with numbers of which none is a known \
metric while the runs beside them have one, are no runs; `results-bot inspect PATH` shows why.

## Which number is shown

- A final value that the job wrote takes precedence over the best value of a log, and that over \
the log's last value. If two files hold the same number, the more precise one is taken; if they \
disagree, a remark names both.
- A log with one line per step or epoch gives the last value of each metric and, if the metric has \
a known [direction](metric-names.md), its best value as `best_NAME`, each with its step.
- Validation selects the step: the best value of a test metric is the one at the step where its \
validation counterpart is best (`val_accuracy` for `test_accuracy`), else where the validation \
loss is. Its own best value would be a choice made on the test data.
- Settings that vary within a section become columns before the metrics; `parameters` in a \
[section](configuration.md) names others, or none.
- Runs that differ only in their seed form one row, mean ± standard deviation (n), with the single \
runs folded beneath. The seed may be a setting, or stand in a name: `bert_seed3`, `bert_s3`, \
`bert/fold_2`, `seed0/bert`, `bert__rep1`.
- Runs that failed, were pruned or never finished are named under their table.
"""
_EXAMPLE = """\
## A reader of your own

A reader is a module with `TITLE`, `WHERE`, `TRAPS`, `claims` and `read`. It is asked before the \
built-in ones.

```python
from results_bot.collect.extracted import Extracted
from results_bot.model import Reading

TITLE, WHERE, TRAPS = "Scores", "`scores.txt`: a name and a number in each line", ()


def claims(path):
    return path.endswith("/scores.txt")


def read(file):
    pairs = [line.split() for line in file.text.splitlines()]
    return [Extracted(tuple(Reading(name, float(value), file.path) for name, value in pairs))]
```

Your package registers it in its `pyproject.toml`:

```toml
[project.entry-points."results_bot.readers"]
scores = "my_package.scores"
```

`read` returns `None` if the file turns out to be of another format, and raises `UnreadableError` \
of `results_bot.collect.file` if it is damaged. `Extracted` also has fields for settings, status, \
several runs in one file, and what was left out.
"""


def render(readers: Sequence[Reader] = READERS) -> str:
    """Return the page: which numbers are shown, a section per reader, an example of a reader."""
    folders = ", ".join(f"`{folder}/`" for folder in DEFAULT_FOLDERS)
    databases = ", ".join(f"`{pattern}`" for pattern in DATABASES)
    intro = _INTRO.format(folders=folders, databases=databases)
    return "\n".join([intro, *map(_section, readers), _EXAMPLE])


def _section(reader: Reader) -> str:
    traps = "".join(f"- {trap[:1].upper()}{trap[1:]}.\n" for trap in reader.TRAPS)
    return f"## {reader.TITLE}\n\nRecognised by: {reader.WHERE}.\n" + (
        f"\n{traps}" if traps else ""
    )
