"""`demo`: the whole story on a small example repository, one screen for each of its parts."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from results_bot.commands.diff import diff
from results_bot.commands.init import init
from results_bot.commands.invocation import Invocation
from results_bot.commands.refresh import refresh
from results_bot.commands.report import report
from results_bot.console import Outcome
from results_bot.errors import BotError
from results_bot.example import FINISHED, PAGE, write_run, write_tree
from results_bot.git_command import create, elsewhere

if TYPE_CHECKING:
    from git import Repo

REPORT = "report.html"
BRANCH = "experiment/warmer-softmax"
_LINES = 24
"""Lines of one screen."""


@click.command()
@click.option("--keep", metavar="DIR", help="Build the example in DIR and keep it.")
@click.pass_obj
def demo(call: Invocation, keep: str | None) -> Outcome:
    """Show everything on a small example repository, without network."""
    folder = Path(keep or tempfile.mkdtemp(prefix="results-bot-demo-")).resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BotError(f"{keep} is not an empty folder; give one that the example may fill")
    folder.mkdir(parents=True, exist_ok=True)
    there = Invocation(folder=str(folder), color="always" if call.screen.colour else "never")

    def ran(command: click.Command, *arguments: str) -> str:
        outcome: Outcome = command.main([*arguments], obj=there, standalone_mode=False)
        return outcome.text

    with elsewhere():
        repo = create(folder)
        write_tree(folder)
        _commit(repo, "Keep results by hand")
        begun = ran(init, "--no-hook")
        missed = ran(refresh)
        _commit(repo, "Let results-bot keep the results")
        page = (folder / PAGE).read_text("utf-8")
        repo.git.switch("--quiet", "--create", BRANCH)
        _change(folder)
        judged = ran(diff)
        refreshed = ran(refresh)
        _commit(repo, "Try a warmer softmax")
        try:
            written = ran(report, "--html", str(folder / REPORT))
        except BotError as error:
            written = str(error)  # Its libraries are missing; the message names them.
    findings, _, changes = judged.partition("\n\n")
    shown = re.sub(r"\n{3,}", "\n\n", re.sub(r"^<!--.*\n", "", page, flags=re.MULTILINE))
    parts = (
        "A team's repository: 20 finished runs, 16 that never finished, a page kept by hand.",
        f"Built in {folder}",
        "\n──── $ results-bot init",
        begun,
        f"\n──── $ results-bot refresh: the page, {PAGE}",
        _first(shown, _LINES),
        "\n──── what the team had missed",
        _first(missed, _LINES),
        f"\n──── git switch {BRANCH}: one run better, one worse, one gone, one new",
        "──── $ results-bot diff",
        _first(findings, 11),
        "",
        changes.rstrip(),
        f"\n──── $ results-bot refresh; results-bot report --html {REPORT}",
        refreshed.rstrip().rpartition("\n")[2],
        written,
        "\n──── look for yourself",
        *(f"  {folder / name}" for name in (REPORT, PAGE, "results-bot.toml")),
        f"  git -C {folder} log -p --stat",
    )
    return Outcome(text="\n".join(parts))


def _commit(repo: Repo, message: str) -> None:
    repo.git.add("--all")
    repo.git.commit("--quiet", "--no-verify", "--message", message)


def _change(folder: Path) -> None:
    """Do what a day of experiments does."""
    runs = {figures.name: figures for figures in FINISHED}
    write_run(folder, replace(runs["combo_6_balanced"], test_kl=0.318204, test_loss=0.701893))
    worse = replace(runs["combo_2_all_reductions"], test_kl=0.391846, test_loss=0.869102, near=1389)
    write_run(folder, worse)
    shutil.rmtree(folder / "experiments" / runs["shallow"].folder)
    new = replace(runs["combo_3_mild"], folder="overnight_runs/combo_7_warm/run", test_kl=0.341077)
    write_run(folder, replace(new, best_val_loss=0.369914, test_loss=0.758236))


def _first(text: str, most: int) -> str:
    """Return the first lines, and how many more there are."""
    lines = text.rstrip().split("\n")
    more = [f"... and {len(lines) - most} more lines"] if len(lines) > most else []
    return "\n".join([*lines[:most], *more])
