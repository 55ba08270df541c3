"""A repository of our own making, for the example. Nothing here sees the user's repository."""

from __future__ import annotations

from pathlib import Path

import git


class ScratchRepo:
    """A repository whose every change is ours."""

    def __init__(self, repo: git.Repo) -> None:
        self._repo = repo

    def commit_all(self, message: str) -> None:
        """Commit every change of the work tree."""
        self._repo.git.add("--all")
        self._repo.git.commit("--quiet", "--no-verify", "--message", message)

    def switch_to_new(self, branch: str) -> None:
        """Start a branch here."""
        self._repo.git.switch("--quiet", "--create", branch)


def create(folder: Path) -> ScratchRepo:
    """Make a repository whose commits need no configuration of the user's."""
    repo = git.Repo.init(folder, initial_branch="main")
    with repo.config_writer() as config:
        config.set_value("user", "name", "results-bot example")
        config.set_value("user", "email", "example@results-bot.invalid")
        config.set_value("commit", "gpgsign", "false")
        config.set_value("core", "hooksPath", "/dev/null")
    return ScratchRepo(repo)
