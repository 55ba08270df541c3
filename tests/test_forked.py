"""Work that processes share is all done and all told of, whatever becomes of the others."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

import pytest
from results_bot.collect import forked

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="forks on Linux only")


@pytest.mark.parametrize("deadly", [False, True], ids=["all live", "children die"])
def test_every_piece_is_done_and_told_of_once(
    deadly: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forked, "helpers", lambda: 2)
    parent, told = os.getpid(), list[list[int]]()

    def do(some: Sequence[int]) -> list[int]:
        if deadly and os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return [one * one for one in some]

    work = range(300)
    found = forked.shared(work, do, told.append)
    assert [one for some in found for one in some] == [one * one for one in work]
    assert sorted(told) == sorted(found)
