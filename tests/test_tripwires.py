"""The tests' own safety net holds."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT


def test_no_other_machine_is_reached() -> None:
    with socket.socket() as sock, pytest.raises(AssertionError, match="network"):
        sock.connect(("192.0.2.1", 80))


def test_this_machine_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as sock:
        sock.connect(server.getsockname())


def test_nothing_is_written_beside_the_tests(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="outside"):
        (ROOT / "trace").write_text("")
    with pytest.raises(AssertionError, match="outside"):
        os.open(ROOT / "trace", os.O_CREAT | os.O_WRONLY)
    (tmp_path / "trace").write_text("")
    assert not (ROOT / "trace").exists()


def test_git_knows_nobody_of_this_machine() -> None:
    listed = subprocess.run(
        ["git", "config", "--list", "--global"], capture_output=True, check=True
    )
    assert listed.stdout == b""
