"""Readers, rules and takeaways of third parties, installed with entry points."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
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


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", FORMATS, re.DOTALL)
    assert found
    return found[1]


def test_the_documented_reader_reads(tmp_path: Path) -> None:
    site, repo = tmp_path / "site", tmp_path / "repo"
    package, metadata = site / "my_package", site / "my_package-1.0.dist-info"
    run = repo / "experiments" / "mine"
    for folder in (package, metadata, run):
        folder.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "scores.py").write_text(block("python"), "utf-8")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: my_package\nVersion: 1.0\n")
    table = block("toml").replace('project.entry-points."', "").replace('"]', "]")
    (metadata / "entry_points.txt").write_text(table.replace('"', ""), "utf-8")
    (run / "scores.txt").write_text("accuracy 0.75\nf1 0.5\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "results_bot", "inspect", "experiments"],
        cwd=repo,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{site}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "experiments/mine/scores.txt (Scores): 2 numbers" in done.stdout
    assert "accuracy = 0.75 (final)" in done.stdout


def test_the_documented_reader_has_ten_lines() -> None:
    assert len([line for line in block("python").splitlines() if line.strip()]) <= 10


def test_a_change_in_a_module_of_a_reader_shows_at_once(tmp_path: Path) -> None:
    """Nothing that a third party's reader read is kept, whichever of its modules changes."""
    site, repo = tmp_path / "site", tmp_path / "repo"
    info, run = site / "team-1.0.dist-info", repo / "experiments" / "mine"
    for folder in (info, run):
        folder.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: team\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[results_bot.readers]\nscores = team_scores\n", "utf-8")
    reader = block("python").replace("float(value)", "team_parse.number(value)")
    (site / "team_scores.py").write_text(
        reader.replace("\n\n", "\nimport team_parse\n", 1), "utf-8"
    )
    (run / "scores.txt").write_text("accuracy 0.25\n", "utf-8")
    path = f"{ROOT}{os.pathsep}{site}"
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    for factor, shown in ((1, "25.00%"), (2, "50.00%")):
        code = f"def number(text):\n    return float(text) * {factor}\n"
        (site / "team_parse.py").write_text(code, "utf-8")
        command = [sys.executable, "-m", "results_bot", "refresh"]
        done = subprocess.run(command, cwd=repo, env=environment, capture_output=True, check=False)
        assert done.returncode == 1, done.stderr
        assert shown in (repo / "RESULTS.md").read_text("utf-8")
