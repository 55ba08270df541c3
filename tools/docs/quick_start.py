"""`docs/quick-start.md`: the outputs on that page, by running its commands.

A block with a title is written to that file; a `sh` block is run, and its output replaces the
`text` block that follows. A `shell` block is left alone: it needs the network.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

_FENCE = re.compile(r'^```(\w+)(?: title="([\w.]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)


def render(page: str, folder: Path) -> str:
    """Return the page with its outputs as they are now; the commands run in the empty `folder`."""
    output = ""

    def run(block: re.Match[str]) -> str:
        nonlocal output
        kind, title, text = block.groups()
        if title:
            (folder / title).write_text(text, "utf-8")
        elif kind == "sh":
            output = _output(text, folder)
        elif kind == "text":
            return f"```text\n{output}```"
        return block.group()

    return _FENCE.sub(run, page)


def _output(commands: str, folder: Path) -> str:
    """Run commands as a person would; `results-bot` is this checkout's."""
    home = folder.with_name(f"{folder.name}-home")
    (home / "bin").mkdir(parents=True, exist_ok=True)
    command = home / "bin" / "results-bot"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m results_bot "$@"\n', "utf-8")
    command.chmod(0o755)
    person = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))
    }
    environment = (
        os.environ
        | person
        | {
            "HOME": str(home),
            "PATH": f"{command.parent}:{os.environ['PATH']}",
            "COLUMNS": "80",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "NO_COLOR": "1",
        }
    )
    done = subprocess.run(
        ["bash", "-c", commands],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout.replace(str(folder), ".")
