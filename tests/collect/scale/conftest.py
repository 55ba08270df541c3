"""A real server of the S3 protocol, and a repository with the example's tree in it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from results_bot import example

from tests.conftest import Done, commit_all

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "hunter2hunter2",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
PAGE = "RESULTS.md"
SECTION = """\
[[sections]]
id = "experiments"
title = "{{folder}}"
runs = ["{runs}"]
by-folder = true
"""
CONFIG = SECTION.format(runs="experiments/**")


def run(args: list[str], cwd: Path, environment: dict[str, str] | None = None) -> Done:
    """Run `python -m results_bot` with credentials in the environment, as a user would."""
    command = [sys.executable, "-m", "results_bot", *args]
    full = {**os.environ, **CREDENTIALS, "SOURCE_DATE_EPOCH": "1700000000", **(environment or {})}
    done = subprocess.run(command, cwd=cwd, capture_output=True, check=False, env=full, timeout=180)
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@dataclass
class Store:
    """One bucket on a server that speaks S3."""

    endpoint: str
    fs: Any
    bucket: str
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and path with query of each request, in their order."""

    def fetched(self) -> list[str]:
        """Return the keys that were read since the last time this was asked."""
        prefix = f"/{self.bucket}/"
        keys = [
            path.removeprefix(prefix)
            for method, path in self.requests
            if method == "GET" and path.startswith(prefix) and "list-type" not in path
        ]
        self.requests.clear()
        return [key for key in keys if key]

    def upload(self, root: Path, folder: str) -> None:
        """Put the files below `root` into the bucket's `folder`."""
        for path in sorted(root.rglob("*")):
            if path.is_file():
                key = f"{self.bucket}/{folder}/{path.relative_to(root).as_posix()}"
                self.fs.pipe(key, path.read_bytes())


@pytest.fixture(scope="session")
def _server() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    from moto.moto_server import threaded_moto_server
    from moto.moto_server.werkzeug_app import MotoRequestHandler

    seen: list[tuple[str, str]] = []

    class Recording(MotoRequestHandler):
        def log_request(self, *_: object) -> None:
            seen.append((self.command, self.path))

    patch = pytest.MonkeyPatch()
    patch.setattr(threaded_moto_server, "MotoRequestHandler", Recording)
    server = threaded_moto_server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}", seen
    server.stop()
    patch.undo()


@pytest.fixture
def store(_server: tuple[str, list[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch) -> Store:
    """An empty bucket."""
    import fsspec.config
    import s3fs

    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    endpoint, seen = _server
    # For other processes, and for this one, where fsspec has read its environment already.
    monkeypatch.setenv("FSSPEC_S3_ENDPOINT_URL", endpoint)
    monkeypatch.setitem(fsspec.config.conf, "s3", {"endpoint_url": endpoint})
    fs = s3fs.S3FileSystem(endpoint_url=endpoint, use_listings_cache=False)
    bucket = "team"
    if fs.exists(bucket):
        fs.rm(bucket, recursive=True)
    fs.mkdir(bucket)
    seen.clear()
    return Store(endpoint, fs, bucket, seen)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The example's artifacts, in no repository."""
    folder = tmp_path / "tree"
    example.write_tree(folder)
    (folder / example.PAGE).unlink()
    return folder


def repository(folder: Path, configuration: str) -> Path:
    """Make a repository with nothing but a configuration."""
    folder.mkdir(parents=True)
    (folder / "results-bot.toml").write_text(configuration, "utf-8")
    commit_all(folder, "Configure")
    return folder
