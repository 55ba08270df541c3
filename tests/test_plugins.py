"""Readers, rules and takeaways of third parties, installed with entry points."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, git

FORMATS = (ROOT / "docs" / "formats.md").read_text("utf-8")
RULE = '''"""A run is slower than a team can bear."""

from results_bot.judge.rule import RuleResult
from results_bot.model import Severity

ID = "too-slow"
SEVERITY = Severity.WARNING
EXPLANATION = "The latency is above 100 ms."
TIP = "Distil it."


def findings(case):
    for section in case.head.sections:
        for name, latency in section.numbers("latency").items():
            if latency > 100:
                yield RuleResult(section.id, f"{name} takes {latency:g} ms", (name,))
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
def repo(tmp_path: Path) -> Path:
    """An empty repository, beside which a folder `site` is on Python's path."""
    root = tmp_path / "repository"
    git(tmp_path, "init", "-q", "-b", "main", str(root))
    return root


def install(repo: Path, points: str, **modules: str) -> None:
    """Install a distribution with entry points and modules."""
    info = repo.parent / "site" / "team-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: team\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(points, "utf-8")
    for name, code in modules.items():
        module = info.parent / f"{name.replace('__', '/')}.py"
        module.parent.mkdir(exist_ok=True)
        module.write_text(code, "utf-8")


def bot(repo: Path, *arguments: str) -> str:
    path = os.pathsep.join([str(ROOT), str(repo.parent / "site")])
    done = subprocess.run(
        [sys.executable, "-m", "results_bot", *arguments],
        cwd=repo,
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def write(repo: Path, name: str, text: str) -> None:
    path = repo / "experiments" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_a_rule_and_a_takeaway_of_a_third_party(repo: Path) -> None:
    install(repo, POINTS, team_rules=RULE, team_takeaways=TAKEAWAY)
    for name, latency in (("small", 20.0), ("large", 300.0)):
        metrics = {"test_accuracy": 0.8, "latency": latency}
        write(repo, f"{name}/metrics.json", json.dumps(metrics))
    assert "too-slow             warning  A run is slower than" in bot(repo, "explain")
    assert "The latency is above 100 ms." in bot(repo, "explain", "too-slow")
    found = json.loads(bot(repo, "refresh", "--json"))["findings"]
    assert [(one["id"], one["message"]) for one in found] == [("too-slow", "large takes 300 ms")]
    assert "- **Runs**: 2." in (repo / "RESULTS.md").read_text("utf-8")
    (repo / "RESULTS.md").unlink()
    (repo / "results-bot.toml").write_text("[rules]\ntoo-slow = false\n", "utf-8")
    assert json.loads(bot(repo, "refresh", "--json"))["findings"] == []


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", FORMATS, re.DOTALL)
    assert found
    return found[1]


def test_the_documented_reader_reads(repo: Path) -> None:
    table = block("toml").replace('project.entry-points."', "").replace('"]', "]")
    install(repo, table.replace('"', ""), my_package__scores=block("python"))
    write(repo, "mine/scores.txt", "accuracy 0.75\nf1 0.5\n")
    shown = bot(repo, "inspect", "experiments")
    assert "experiments/mine/scores.txt (Scores): 2 numbers" in shown
    assert "accuracy = 0.75 (final)" in shown


def test_a_change_in_a_module_of_a_reader_shows_at_once(repo: Path) -> None:
    """Nothing that a third party's reader read is kept, whichever of its modules changes."""
    reader = block("python").replace("float(value)", "team_parse.number(value)")
    reader = reader.replace("\n\n", "\nimport team_parse\n", 1)
    install(repo, "[results_bot.readers]\nscores = team_scores\n", team_scores=reader)
    write(repo, "mine/scores.txt", "accuracy 0.25\n")
    for factor, shown in ((1, "25.00%"), (2, "50.00%")):
        code = f"def number(text):\n    return float(text) * {factor}\n"
        (repo.parent / "site/team_parse.py").write_text(code, "utf-8")
        bot(repo, "refresh")
        assert shown in (repo / "RESULTS.md").read_text("utf-8")
