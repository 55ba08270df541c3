"""results-bot keeps the results page of a machine-learning repository true."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__version__ = "0.1.0"


def load(folder: str | Path = ".") -> dict[str, pd.DataFrame]:
    """Return the tables of a repository's page as DataFrames, by the id of their section.

    They are made from the artifacts, as `refresh` makes them: a row a run, a float64 column a
    metric at full precision, the settings that the page shows, and `KEY_std` and `n` for seeds.
    """
    from results_bot.commands.export import load

    return load(folder)
