"""`diff --format md`: tables that are read as they are, and as Markdown."""

from __future__ import annotations

from results_bot.judge.verdict import reach
from results_bot.report.export import changes_markdown

from tests.judge.build import case
from tests.judge.cases_values import BASE, A
from tests.report.github_html import Seen

AFTER = {"main": {"a": {**A, "test_loss": 0.52}, "c|d": {"test_loss": 0.1}}}
SHOWN = """\
**1 value worse, 1 run added, 1 run removed.**

### main

| Run      | Metric    |   Before |   After |   Change |         |
|:---------|:----------|---------:|--------:|---------:|:--------|
| c&#124;d |           |          |         |          | added   |
| a        | Test Loss |   0.5000 |  0.5200 |  +0.0200 | worse   |
| b        |           |          |         |          | removed |
"""


def test_columns_are_aligned_and_hostile_names_stay_in_their_cells() -> None:
    text = changes_markdown(reach(case(BASE, AFTER)))
    assert text == SHOWN
    seen = Seen(text)
    assert (seen.broken, seen.strangers, seen.ragged) == ([], set(), [])
