"""Replay a team's parallel branches: merge them with the merge driver and without, count the harm.

Run as `python -m benchmarks.replay --branches 300`. Every branch adds, changes and deletes runs at
random, each with its artifacts and its refreshed page, as a pull request would. A conflict in an
artifact is settled for the newer run in both replays: what is counted is the page alone.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from results_bot.example import FINISHED, Figures
from results_bot.page.page import read
from results_bot.workspace import Workspace

from benchmarks.speed import write_records

PAGE = "RESULTS.md"
EPOCH = 1_760_000_000

# Two runs' files look alike: git would take a deleted and an added one for a rename, and write one
# run's numbers into the other's file. The strategy `ort` does so whatever it is told before git
# 2.50, where `recursive` is another name for it.
NO_RENAMES = ("-s", "recursive", "-X", "no-renames")


@dataclass
class Tally:
    """What merging all branches in one order came to."""

    merges: int = 0
    page_conflicts: int = 0
    """Merges after which git left the page to people."""
    lost_rows: int = 0
    """Runs whose artifacts are in the end's tree and whose row is not in its page."""
    wrong_rows: int = 0
    """Rows whose values are not those of the run's artifacts, or whose run was deleted."""


class Replay:
    """A repository with its branches, in a folder of its own."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root = root
        self.random = random.Random(seed)  # noqa: S311 - a replay, no secret
        self.clock = EPOCH
        none = os.devnull
        self.environment = os.environ | {"GIT_CONFIG_GLOBAL": none, "GIT_CONFIG_SYSTEM": none}

    def git(self, *args: str, check: bool = True) -> str:
        date = f"{self.clock} +0000"
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        done = subprocess.run(
            ["git", *args],
            cwd=self.root,
            env=self.environment | dates,
            capture_output=True,
            text=True,
            check=check,
        )
        return done.stdout

    def start(self) -> None:
        """Make main: the example's runs and their page, and the merge driver."""
        self.root.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        for name, value in (("name", "Replay"), ("email", "replay@example.invalid")):
            self.git("config", f"user.{name}", value)
        for figures in FINISHED:
            self.write(figures)
        command = [sys.executable, "-m", "results_bot", "init", "--merge-driver", "--no-hook"]
        here = str(Path(__file__).parent.parent)
        self.environment["PYTHONPATH"] = here
        subprocess.run(
            command, cwd=self.root, env=self.environment, check=True, capture_output=True
        )
        self.commit("Start")

    def write(self, figures: Figures) -> None:
        path = self.root / "experiments" / figures.folder / "training_summary.json"
        metrics = {
            "kl_divergence": figures.test_kl,
            "top1_accuracy": figures.right / figures.samples,
        }
        document = {"best_val_loss": figures.best_val_loss, "test_metrics": metrics}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")

    def commit(self, message: str) -> None:
        """Commit everything with a page that is true."""
        self.clock += 60
        command = [sys.executable, "-m", "results_bot", "refresh"]
        environment = self.environment | {"SOURCE_DATE_EPOCH": str(self.clock)}
        self.git("add", "-A", "experiments")
        done = subprocess.run(
            command, cwd=self.root, env=environment, check=False, capture_output=True, text=True
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(done.stderr)
        self.git("add", "-A")
        self.git("commit", "-qm", message)

    def branch(self, number: int) -> str:
        """Make a branch of one to three changes; every second one adds."""
        name = f"branch-{number:03}"
        self.git("switch", "-qc", name, "main")
        left = list(FINISHED)
        for step in range(self.random.randint(1, 3)):
            figures = left.pop(self.random.randrange(len(left)))
            kind = self.random.choice(("add", "add", "change", "delete"))
            if kind == "delete":
                self.git("rm", "-qr", f"experiments/{figures.folder}")
                continue
            folder = figures.folder.removesuffix("/run")
            new = f"{folder}_{number:03}_{step}" if kind == "add" else figures.folder
            factor = self.random.uniform(0.9, 1.1)
            values = {"test_kl": figures.test_kl * factor, "folder": new}
            self.write(replace(figures, **values))
        self.commit(name)
        self.git("switch", "-q", "main")
        return name

    def merged(self, branches: Sequence[str], *, with_us: bool) -> Tally:
        """Merge all branches one after the other into a branch from main."""
        self.git("switch", "-qC", f"with-us-{with_us}", "main")
        if not with_us:
            self.git("config", "--remove-section", "merge.results-bot")
        tally = Tally()
        for branch in branches:
            self.clock += 60
            self.git("merge", *NO_RENAMES, "--no-edit", branch, check=False)
            unmerged = self.git("diff", "--name-only", "--diff-filter=U", "-z").split("\0")[:-1]
            tally.merges += 1
            tally.page_conflicts += PAGE in unmerged
            for path in unmerged:
                self.settle(path, branch)
            if (self.root / ".git/MERGE_HEAD").exists():
                self.git("commit", "-q", "--no-edit")
        self.count(tally)
        return tally

    def settle(self, path: str, branch: str) -> None:
        """End a conflict as people do: the newer run's file stays; of the page one side's."""
        sides = {line.split()[2] for line in self.git("ls-files", "-u", "--", path).splitlines()}
        if path == PAGE or sides >= {"2", "3"}:
            dates = [self.git("log", "-1", "--format=%ct", one, "--", path) for one in
                     ("HEAD", branch)]  # fmt: skip
            self.git("checkout", "--theirs" if dates[1] >= dates[0] else "--ours", "--", path)
        self.git("add", "--", path)

    def count(self, tally: Tally) -> None:
        """Compare the page in the end with the artifacts in the end."""
        workspace = Workspace.find(self.root)
        page = read(workspace.read_page() or "", workspace.config, workspace.sections)
        shown = {
            (section.id, row.run): row.values["test_kl_divergence"].text
            for section in page.sections
            for row in section.rows
        }
        true = self.true_rows(workspace)
        tally.lost_rows = len(true.keys() - shown.keys())
        tally.wrong_rows = sum(true.get(key) != text for key, text in shown.items())

    def true_rows(self, workspace: Workspace) -> dict[tuple[str, str], str]:
        """Return what a page made from nothing but the artifacts shows."""
        from results_bot.page.page import HeadSide, regenerate

        side = HeadSide(None, workspace.sources.collect())
        now = datetime.fromtimestamp(EPOCH, UTC)
        fresh = regenerate(side, workspace.config, workspace.sections, now)
        return {
            (section.id, row.run): row.values["test_kl_divergence"].text
            for section in fresh.summary.sections
            for row in section.rows
        }


def replay(root: Path, branches: int, orders: int, seed: int) -> dict[str, Any]:
    """Return the tallies with and without us, for several random orders."""
    made = Replay(root, seed)
    made.start()
    names = [made.branch(number) for number in range(branches)]
    shuffled = [made.random.sample(names, len(names)) for _ in range(orders)]
    ours = [asdict(made.merged(order, with_us=True)) for order in shuffled]
    plain = []
    for order in shuffled:
        plain.append(asdict(made.merged(order, with_us=False)))
        made.git("config", "merge.results-bot.name", "removed again for the next order")
    return {
        "branches": branches,
        "orders": orders,
        "seed": seed,
        "with_us": ours,
        "plain_git": plain,
    }


def records(result: dict[str, Any]) -> dict[str, list[dict[str, int]]]:
    """Return the tallies by who merged; each order is a replicate of the same experiment."""
    branches = result["branches"]
    return {
        f"results_bot_{branches:03}_branches": result["with_us"],
        f"git_alone_{branches:03}_branches": result["plain_git"],
    }


def table(result: dict[str, Any]) -> str:
    """Return the figures as a Markdown table, a line an order."""
    lines = [
        f"{result['branches']} branches, seed {result['seed']}",
        "",
        "| Order | Merged by | Merges | Conflicts in the page | Rows lost | Rows wrong |",
        "|---|---|---|---|---|---|",
    ]
    for key, title in (("with_us", "results-bot"), ("plain_git", "git alone")):
        tallies = result[key]
        lines += [
            f"| {order} | {title} | {' | '.join(str(number) for number in tally.values())} |"
            for order, tally in enumerate(tallies, 1)
        ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--branches", type=int, default=300)
    parser.add_argument("--orders", type=int, default=2)
    parser.add_argument("--seed", type=int, default=20260120)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result here too")
    parser.add_argument("--results", type=Path, help="write a metrics file for each order here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="results-bot-replay-") as folder:
        result = replay(Path(folder) / "repo", options.branches, options.orders, options.seed)
    print(table(result))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    if options.results:
        for name, found in records(result).items():
            write_records(options.results, name, found)


if __name__ == "__main__":
    main()
