"""Simulated reports with a known truth; `benchmarks/verdicts.py` is the command."""
