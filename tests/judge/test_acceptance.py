"""The example, and the real tree that it was made after: what must be found there, by name.

The real tree is not part of the project: RESULTS_BOT_SEED names its folder where it is at hand.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from results_bot.example import PAGE
from results_bot.page.document import parse_page

from tests.conftest import run_cli
from tests.judge.build import assert_golden
from tests.team import TEAMS, team_tree


@pytest.mark.parametrize("team", TEAMS)
def test_what_the_team_had_missed(team: str, tmp_path: Path) -> None:
    """One class predicted by all, equal metrics, twins, another test set, another loss."""
    root = team_tree(team, tmp_path / "repository")
    run_cli(["init", "--no-hook"], root)
    document = json.loads(run_cli(["refresh", "--json"], root).out)
    assert document["changed"]
    findings = "".join(
        f"{one['severity']} {one['id']}: {one['message']}\n  {', '.join(one['runs'])}\n"
        for one in document["findings"]
    )
    takeaways = parse_page((root / PAGE).read_text("utf-8")).blocks["takeaways"].content
    assert_golden("acceptance.txt", f"{findings}\n{takeaways.strip()}\n")
