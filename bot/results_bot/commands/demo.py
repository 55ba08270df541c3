"""`demo`: the whole story on a small example repository, in a temporary folder."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from results_bot.commands import diff, init, refresh, report
from results_bot.console import Outcome, Screen
from results_bot.demo.figures import FINISHED, Figures
from results_bot.demo.page import hand_page
from results_bot.demo.tree import write_run, write_tree
from results_bot.errors import BotError
from results_bot.git import create, elsewhere
from results_bot.workspace import Workspace

if TYPE_CHECKING:
    from git import Repo

PAGE = "RESULTS_SUMMARY.md"
REPORT = "report.html"
BRANCH = "experiment/warmer-softmax"


def run(screen: Screen, now: datetime, keep: str | None) -> Outcome:
    """Build the example and return what a user would see at each step."""
    folder = _folder(keep)
    with elsewhere():
        repo = create(folder)
        write_tree(folder)
        (folder / PAGE).write_text(hand_page(), "utf-8")
        _commit(repo, "Keep results by hand")
        steps = [
            _intro(folder),
            _step("results-bot init", init.run(_open(folder), screen, hook=False)),
        ]
        steps.append(_step("results-bot refresh", refresh.run(_open(folder), screen, now)))
        _commit(repo, "Let results-bot keep the results")
        steps.append(_heading("the page") + _excerpt((folder / PAGE).read_text("utf-8")))
        repo.git.switch("--quiet", "--create", BRANCH)
        _change(folder)
        steps.append(_heading(f"git switch {BRANCH}: one run better, one worse, one gone, one new"))
        steps.append(_step("results-bot diff", diff.run(_open(folder), screen, now)))
        steps.append(_step("results-bot refresh", refresh.run(_open(folder), screen, now)))
        _commit(repo, "Try a warmer softmax")
        steps.append(_report(folder, now))
    steps.append(_paths(folder))
    return Outcome(text="\n".join(steps))


def _commit(repo: Repo, message: str) -> None:
    repo.git.add("--all")
    repo.git.commit("--quiet", "--no-verify", "--message", message)


def _folder(keep: str | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="results-bot-demo-"))
    folder = Path(keep).resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BotError(f"{keep} is not an empty folder; give one that the example may fill")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _open(folder: Path) -> Workspace:
    return Workspace.find(folder)


def _change(folder: Path) -> None:
    """Do what a day of experiments does."""
    runs = {figures.name: figures for figures in FINISHED}
    write_run(folder, replace(runs["combo_6_balanced"], test_kl=0.318204, test_loss=0.701893))
    write_run(folder, _worse(runs["combo_2_all_reductions"]))
    shutil.rmtree(folder / "experiments" / runs["shallow"].folder)
    new = replace(runs["combo_3_mild"], folder="overnight_runs/combo_7_warm/run", test_kl=0.341077)
    write_run(folder, replace(new, best_val_loss=0.369914, test_loss=0.758236))


def _worse(figures: Figures) -> Figures:
    return replace(figures, test_kl=0.391846, test_loss=0.869102, near=1389)


def _intro(folder: Path) -> str:
    return (
        "A team's repository: 20 finished runs, 16 that never finished, a page kept by hand.\n"
        f"Built in {folder}\n"
    )


def _heading(text: str) -> str:
    return f"──── {text}\n"


def _step(command: str, outcome: Outcome) -> str:
    return _heading(f"$ {command}") + f"{outcome.notes}{outcome.text.rstrip()}\n"


def _excerpt(page: str, lines: int = 24) -> str:
    shown = [line for line in page.split("\n") if not line.startswith("<!--")]
    text = "\n".join(shown)
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return "\n".join(text.split("\n")[:lines]) + "\n...\n"


def _report(folder: Path, now: datetime) -> str:
    """Write the report page; where its libraries are missing, say what would bring them."""
    file = folder / REPORT
    try:
        return _step(
            f"results-bot report --html {REPORT}", report.run(_open(folder), now, str(file))
        )
    except BotError as error:
        return _heading("no report") + f"{error}\n"


def _paths(folder: Path) -> str:
    return (
        _heading("look for yourself")
        + f"  {folder / REPORT}\n  {folder / PAGE}\n  {folder / 'results-bot.toml'}\n"
        + f"  git -C {folder} log -p --stat\n"
    )
