"""What `init` installs in a clone on request: the hooks and the merge driver."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from results_bot.git import GitRepo
from results_bot.workspace import Workspace

HOOKS = ("pre-commit", "pre-merge-commit")
_DRIVER = (
    "set -- %O %A %B %P %Y; "
    "command=$(git config --get results-bot.command) || command=results-bot; "
    "program=${command%% -m results_bot}; "
    'if eval "command -v ${program%% -E -P} >/dev/null 2>&1"; '
    "then unset PYTHONPATH; export PYTHONSAFEPATH=1; "
    'eval "$command merge-driver -- \\"\\$@\\""; code=$?; '
    'if [ "$code" -le 1 ]; then exit "$code"; fi; fi; '
    'exec git merge-file -L ours -L base -L theirs "$2" "$1" "$3"'
)
"""Run by a shell; git puts in the versions' file names (base, ours, theirs), the path, and its
label for theirs, quoted: a commit's subject is anybody's text, and goes on as an argument only.

Without us, or where we cannot read the configuration, the page merges as any other text does."""


def has_hooks(repo: GitRepo) -> bool:
    """Return True if our hook is installed."""
    return _is_ours(repo.hooks_folder() / HOOKS[0])


def hooks(workspace: Workspace, steps: list[str]) -> None:
    """Install the hooks that are not there; name one of somebody else's."""
    if workspace.repo is None:
        steps.append("No git repository here, so no hook was installed.")
        return
    folder = workspace.repo.hooks_folder()
    package = Path(__file__).parent.parent
    # In the package, or beside it in a checkout.
    shipped = (package / "hooks" / HOOKS[0], package.parent.parent / "hooks" / HOOKS[0])
    script = next(one for one in shipped if one.is_file()).read_bytes()
    for name in HOOKS:
        target = folder / name
        if not target.exists():
            folder.mkdir(parents=True, exist_ok=True)
            target.write_bytes(script)
            target.chmod(0o755)
            steps.append(f"Hook installed: {name}.")
        elif not _is_ours(target):
            steps.append(f"{name} exists and is not ours; add this line to it: results-bot hook")
    workspace.repo.set_option("results-bot.command", _command())


def merge_driver(workspace: Workspace, steps: list[str]) -> None:
    """Set git up to merge the page with us: an attribute for all clones, an option for this one.

    A clone without the option merges as git does; so does this one where we are not installed.
    """
    if workspace.repo is None:
        steps.append("No git repository here, so no merge driver was installed.")
        return
    page = workspace.page
    line = (f'"/{page}"' if " " in page else f"/{page}") + " merge=results-bot"
    attributes = workspace.root / ".gitattributes"
    text = attributes.read_text("utf-8") if attributes.is_file() else ""
    if line not in text.splitlines():
        before = text if not text or text.endswith("\n") else f"{text}\n"
        workspace.write(".gitattributes", f"{before}{line}\n")
        steps.append(f".gitattributes: {line}")
    workspace.repo.set_option("merge.results-bot.name", "results tables, by row and cell")
    workspace.repo.set_option("merge.results-bot.driver", _DRIVER)
    workspace.repo.set_option("results-bot.command", _command())
    steps.append("Merge driver installed.")


def _is_ours(hook: Path) -> bool:
    return hook.is_file() and b"results-bot hook" in hook.read_bytes()


def _command() -> str:
    """Return how to start this very installation: hooks run without its environment.

    `-E -P` keep Python from importing what lies in the repository.
    """
    return f"{shlex.quote(sys.executable)} -E -P -m results_bot"
