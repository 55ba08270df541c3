"""Rules and takeaways of third parties, installed as any distribution with entry points is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RULE = '''"""A run is slower than a team can bear."""

from results_bot.judge.rule import RuleResult
from results_bot.model import Severity

ID = "too-slow"
SEVERITY = Severity.WARNING
EXPLANATION = "The latency is above 100 ms."
TIP = "Distil it."


def findings(case):
    for section_id, view in case.head.sections.items():
        for name, latency in view.numbers("latency").items():
            if latency > 100:
                yield RuleResult(section_id, f"{name} takes {latency:g} ms", (name,))
'''
TAKEAWAY = '''"""How many runs there are."""

ID = "count"


def sentences(view):
    return [f"**Runs**: {len(view.runs)}."]
'''
POINTS = """[results_bot.rules]
too-slow = team_rules

[results_bot.takeaways]
count = team_takeaways
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository beside which a distribution with a rule and a takeaway is installed."""
    site = tmp_path / "site"
    info = site / "team-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: team\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(POINTS, "utf-8")
    (site / "team_rules.py").write_text(RULE, "utf-8")
    (site / "team_takeaways.py").write_text(TAKEAWAY, "utf-8")
    root = tmp_path / "repository"
    for name, latency in (("small", 20.0), ("large", 300.0)):
        run = root / "experiments" / name
        run.mkdir(parents=True)
        metrics = {"test_accuracy": 0.8, "latency": latency}
        (run / "metrics.json").write_text(json.dumps(metrics), "utf-8")
    subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
    return root


def bot(repository: Path, *arguments: str) -> str:
    path = os.pathsep.join([str(ROOT), str(repository.parent / "site")])
    done = subprocess.run(
        [sys.executable, "-m", "results_bot", *arguments],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_a_rule_and_a_takeaway_of_a_third_party(repository: Path) -> None:
    assert "too-slow             warning  A run is slower than" in bot(repository, "explain")
    assert "The latency is above 100 ms." in bot(repository, "explain", "too-slow")
    found = json.loads(bot(repository, "refresh", "--json"))["findings"]
    assert [(one["id"], one["message"]) for one in found] == [("too-slow", "large takes 300 ms")]
    assert "- **Runs**: 2." in (repository / "RESULTS.md").read_text("utf-8")


def test_a_rule_of_a_third_party_is_switched_as_any_other(repository: Path) -> None:
    (repository / "results-bot.toml").write_text("[rules]\ntoo-slow = false\n", "utf-8")
    assert json.loads(bot(repository, "refresh", "--json"))["findings"] == []
