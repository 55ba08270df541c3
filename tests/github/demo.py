"""`make demo`, second part: the real `ci` command, as a process, on a GitHub of this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from tests.github.scene import CONFIG, Scene, files, metrics, path
from tests.github_double import checkout, published
from tests.github_double.double import GitHubDouble
from tests.github_double.events import runner_environment
from tests.github_double.records import PullRequest

CHANGES = {
    path("vit"): metrics(0.871, 0.3544),
    path("resnet50"): metrics(0.931, 0.2801),
    path("convnext"): metrics(0.927, 0.2690),
}


def main() -> None:
    """Show what one pull request gets."""
    if reason := published.missing():
        sys.stdout.write(f"\nThe part on GitHub is skipped: {reason}\n")
        return
    with closing(GitHubDouble()) as github, tempfile.TemporaryDirectory() as folder:
        stage = Scene(github, Path(folder), CONFIG, files())
        pull = stage.pull(dict(CHANGES))
        _say("a pull request on GitHub: one run better, one worse, one new; $ results-bot ci")
        sys.stdout.write(_run(stage, pull, Path(folder)))
        _show(stage, pull)
        if github.violations:
            sys.exit("\n".join(github.violations))


def _run(stage: Scene, pull: PullRequest, folder: Path) -> str:
    event = stage.github.events.pull_request(pull)
    environment = runner_environment(event, folder / "job", stage.github.web, run_id=77)
    environment["GITHUB_TOKEN"] = stage.github.actions_token(stage.repo).secret
    work = folder / "work"
    checkout.check_out(stage.github.state, stage.repo, work, stage.head())
    root = Path(__file__).parent.parent.parent
    return subprocess.run(
        [sys.executable, "-m", "results_bot", "ci"],
        cwd=work,
        env={**os.environ, **environment, "PYTHONPATH": str(root)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def _show(stage: Scene, pull: PullRequest) -> None:
    [comment] = stage.comments(pull)
    _say("the comment, as Markdown, without what is folded in it")
    body = comment.body.partition("-->\n")[2].partition("-->\n")[2]
    sys.stdout.write(re.sub(r"<details>.*?</details>\n\n", "", body, flags=re.DOTALL))
    head = stage.github.head(stage.repo, "feature")
    for sha in (head.parents[0], head.sha):
        [check] = stage.checks(sha)
        _say(f"the check run on {sha[:7]}: {check.name}, {check.conclusion}")
        sys.stdout.write(f"{check.title}\n")
    for one in check.annotations:
        sys.stdout.write(f"  RESULTS.md:{one['start_line']}  {one['message'].splitlines()[0]}\n")
    _say(f"the commit {head.sha[:7]} by github-actions[bot]: {head.message.splitlines()[0]}")
    sys.stdout.write(stage.page())


def _say(text: str) -> None:
    sys.stdout.write(f"\n──── {text}\n")


if __name__ == "__main__":
    main()
