"""The page that names every format, from the readers themselves."""

from __future__ import annotations

from collections.abc import Sequence

from results_bot.collect.built_in import BUILT_IN
from results_bot.collect.choice import DATABASES, DEFAULT_FOLDERS
from results_bot.collect.extracted import Reader
from results_bot.plug_ins import READERS

_INTRO = """\
# Formats

What results-bot reads, how it knows a file, and the traps it minds. A file is taken by the first \
reader that knows it; the generic ones come last. `results-bot inspect PATH` tells what was taken \
from a file or folder, by which reader, what was left, and why.

Without configuration it looks under {folders}, and into {databases} at the top of the \
repository. Each of them is a section; `results-bot init` looks under all other folders where \
none of these has a finished run.

## What a run shows

- A job's own final number is believed first, then the best of a log, then its last. Of two files \
that tell the same number the more precise one counts; where they disagree, a remark says so.
- A log with a line a step or epoch gives the last value of each metric and, where its name tells \
which way it gets better, the best as `best_NAME`, both with their step.
- Validation chooses the step. A metric of the test split is taken at the step where its \
validation twin is best (`val_accuracy` for `test_accuracy`), else where the validation loss is: \
its own best would be a choice made on the test data.
- Settings that vary within a section become columns before the metrics; `parameters` in a \
[section](configuration.md) names others, or none.
- Runs that differ only in a seed are one row, mean ± standard deviation (n), with the single runs \
folded beneath.
- Runs that failed, were pruned, deleted or never finished are named under their table.
"""
_EXAMPLE = f'''\
## A reader of your own

A reader is a module with the names `TITLE`, `WHERE`, `TRAPS`, `claims` and `read`; it is asked \
before the project's own.

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

Your package announces it in its `pyproject.toml`:

```toml
[project.entry-points."{READERS}"]
scores = "my_package.scores"
```

`read` returns `None` where the file is of another format after all, and raises `UnreadableError` \
of `results_bot.collect.file` where it is damaged. `Extracted` has fields for settings, status, \
several runs in one file, and what was left out.
'''


def render(readers: Sequence[Reader] = BUILT_IN) -> str:
    """Return the page: how numbers are chosen, a section for each reader, an example of one."""
    folders = ", ".join(f"`{folder}/`" for folder in DEFAULT_FOLDERS)
    databases = ", ".join(f"`{pattern}`" for pattern in DATABASES)
    intro = _INTRO.format(folders=folders, databases=databases)
    return "\n".join([intro, *map(_section, readers), _EXAMPLE])


def _section(reader: Reader) -> str:
    traps = "".join(f"- {trap[:1].upper()}{trap[1:]}.\n" for trap in reader.TRAPS)
    return f"## {reader.TITLE}\n\nKnown by: {reader.WHERE}.\n" + (f"\n{traps}" if traps else "")
