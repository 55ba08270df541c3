"""Where artifacts come from besides the work tree: addresses, a cluster, parts of other machines.

`Workspace` asks here; without any of these nothing here is opened or imported.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.collect.collect import artifacts
from bot.collect.files import Listed
from bot.collect.found import Artifact
from bot.collect.kept import Kept
from bot.collect.remote import Remote, look
from bot.model import Problem
from bot.progress import Progress


def remote_artifacts(
    remote: Remote, most: int, kept: Kept, progress: Progress
) -> Iterator[Artifact]:
    """Read what lies under the addresses of one scheme; what did not change is remembered."""
    progress.phase(f"Listing {remote.scheme}://")
    found = look(remote, most)
    progress.phase(f"Reading {remote.scheme}://", len(found))
    problems = (one for one in found if isinstance(one, Problem))
    yield from artifacts(problems, remote.max_size, progress.step)
    listed = (one for one in found if isinstance(one, Listed))
    fetched = remote.fetched(listed, needed=lambda one: not kept.knows(one))
    yield from artifacts(fetched, remote.max_size, progress.step, kept)
