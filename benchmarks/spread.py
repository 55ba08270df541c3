"""What it costs to read elsewhere: on Dask workers, from a store of objects, from parts.

`python -m benchmarks.spread [--size 1000] [--runs 3] [--docs docs/scale.md]`

Every command must find the page true that one machine made alone, to the byte; else it fails. The
store is moto, one Python process on the same machine: its figures tell of requests, not of S3.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

from benchmarks.refresh import bot_command, machine, results_bot
from benchmarks.timing import Command, Timed, measure, ratio
from benchmarks.trees import CONFIG, Tree, build

_KEYS = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_DEFAULT_REGION": "us-east-1",
}
_PATTERN = "experiments/sweep_*/run_*"
_PATIENCE = 60.0
_BEGIN, _END = "<!-- figures:begin -->\n", "<!-- figures:end -->"

LOCAL = "one machine, no cache"
DASK = {1: "1 Dask worker", 2: "2 Dask workers"}
COLD, WARM = "moto, no cache", "moto, nothing changed"
COLLECT, FROM = "collect --out", "refresh --from"


def main(arguments: Sequence[str]) -> int:
    """Measure, print, write the table into the documentation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_000, help="runs in the tree")
    parser.add_argument("--runs", type=int, default=3, help="turns of each command")
    parser.add_argument("--docs", help="page with a block of figures to renew")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="results-bot-bench-"))
        timed = measure(list(_commands(stack, Path(folder), options.size)), options.runs)
    text = table(options.size, timed)
    print(text)
    if options.docs:
        page = Path(options.docs)
        before, _, rest = page.read_text("utf-8").partition(_BEGIN)
        after = rest.partition(_END)[2]
        page.write_text(f"{before}{_BEGIN}\n{text}\n{_END}{after}", "utf-8")
    return 0


def table(size: int, timed: dict[str, Timed]) -> str:
    """Return the figures as Markdown."""
    here = machine()
    lines = [
        f"{size:,} runs, {here['cpus']} processors, Python {here['python']}; load "
        f"{os.getloadavg()[0]:.0f}, in which seconds mean less than ratios.",
        "",
        "| | seconds | to one machine |",
        "|---|--:|--:|",
    ]
    lines += [
        f"| {name} | {one.median:.2f} | {ratio(one, timed[LOCAL]):.2f} |"
        for name, one in timed.items()
    ]
    return "\n".join([*lines, ""])


def _commands(stack: ExitStack, folder: Path, size: int) -> Iterator[Command]:
    tree = build(folder / "tree", size)
    results_bot(tree, "refresh")

    def forget(_: int) -> None:
        for path in (tree.root / ".git" / "results-bot").glob("cache*"):
            path.unlink()

    def remote(_: int) -> None:
        (tree.root / ".git" / "results-bot" / "cache-remote").unlink(missing_ok=True)

    yield bot_command(tree, LOCAL, "refresh", before=forget, code=0)
    for workers, name in DASK.items():
        address = stack.enter_context(_cluster(folder / f"dask-{workers}", workers))
        text = f'engine = "dask"\nscheduler = "{address}"\n{CONFIG}'
        yield bot_command(tree, name, *_configured(tree, f"dask-{workers}.toml", text), code=0)
    endpoint = stack.enter_context(_store(tree))
    text = CONFIG.replace(_PATTERN, f"s3://bench/{_PATTERN}")
    text += f'\n[remote.s3]\nendpoint_url = "{endpoint}"\n'
    cold = bot_command(tree, COLD, *_configured(tree, "s3.toml", text), before=remote, code=0)
    keys = {**cold.environment, **_KEYS}
    yield replace(cold, environment=keys)
    yield replace(cold, name=WARM, environment=keys, before=lambda _: None)
    part = str(folder / "part.parquet")
    yield bot_command(tree, COLLECT, "collect", "--out", part, code=0)
    yield bot_command(tree, FROM, "refresh", "--from", part, before=forget, code=0)


def _configured(tree: Tree, name: str, text: str) -> tuple[str, ...]:
    (tree.root / name).write_text(text, "utf-8")
    return "--config", name, "refresh"


@contextmanager
def _cluster(folder: Path, workers: int) -> Iterator[str]:
    """Start a scheduler and workers of one thread, each a process of its own."""
    folder.mkdir()
    address = f"tcp://127.0.0.1:{_free_port()}"
    dask = [sys.executable, "-m", "dask.__main__"]
    quiet = ["--no-dashboard", "--host", "127.0.0.1"]
    port = address.rpartition(":")[2]
    arguments = [[*dask, "scheduler", *quiet, "--port", port]]
    arguments += [
        [*dask, "worker", address, *quiet, "--nthreads", "1", "--no-nanny"] for _ in range(workers)
    ]
    with _running(arguments, folder):
        _wait_for_workers(address, workers)
        yield address


@contextmanager
def _store(tree: Tree) -> Iterator[str]:
    """Start a server of the S3 protocol that holds the tree's artifacts."""
    import s3fs

    port = _free_port()
    endpoint = f"http://127.0.0.1:{port}"
    server = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _running([server], tree.root.parent):
        _wait_for(endpoint)
        store = s3fs.S3FileSystem(endpoint_url=endpoint, key="bench", secret="bench")  # noqa: S106
        store.mkdir("bench")
        store.pipe({f"bench/{path}": (tree.root / path).read_bytes() for path in tree.files})
        yield endpoint


@contextmanager
def _running(commands: Sequence[Sequence[str]], folder: Path) -> Iterator[None]:
    started: list[subprocess.Popen[bytes]] = []
    root = str(Path(__file__).resolve().parents[1])
    environment = {**os.environ, **_KEYS, "PYTHONPATH": root}
    try:
        for number, command in enumerate(commands):
            with (folder / f"{number}.log").open("wb") as log:
                started.append(
                    subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=environment)
                )
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def _wait_for_workers(address: str, workers: int) -> None:
    import distributed

    connect: object = distributed.Client
    assert callable(connect)
    with connect(address, timeout=_PATIENCE) as client:
        client.wait_for_workers(workers, timeout=_PATIENCE)


def _wait_for(endpoint: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            urlopen(endpoint, timeout=1).close()  # noqa: S310 - the server that was just started
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{endpoint} does not answer")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
