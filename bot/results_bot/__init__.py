"""results-bot keeps the results page of a machine-learning repository true."""

__version__ = "0.1.0"
