"""Start results-bot without the checkout on Python's import path.

People run results-bot inside repositories that they did not write. A `msgspec.py` there, or a
package that calls itself a plug-in, must not be imported, whatever PYTHONPATH and the current
folder are. So this module imports only what Python has loaded already until the path is clean.
"""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line: the target of the console script and of `python -m results_bot`."""
    drop_checkouts(sys.path)
    from results_bot.cli import main as run

    run()


def drop_checkouts(path: list[str]) -> None:
    """Remove from an import path the current folder and what PYTHONPATH names of a checkout.

    The folder that holds this package stays, and so does what was installed.
    """
    own = os.path.realpath(os.path.join(os.path.dirname(__file__), os.pardir))
    here = os.path.realpath(os.curdir)
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    named = {os.path.realpath(entry or os.curdir) for entry in given}
    path[:] = [
        entry
        for entry in path
        if (folder := os.path.realpath(entry or os.curdir)) == own
        or (folder != here and not (folder in named and _in_checkout(folder, here)))
    ]


def _in_checkout(folder: str, here: str) -> bool:
    """Return True if a folder lies below the current one, or in any git repository."""
    above = [folder]
    while (parent := os.path.dirname(above[-1])) != above[-1]:
        above.append(parent)
    return here in above or any(os.path.exists(os.path.join(one, ".git")) for one in above)


if __name__ == "__main__":
    main()
