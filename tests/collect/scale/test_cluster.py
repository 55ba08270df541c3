"""A Dask cluster of separate processes lists and reads; one of them is killed in the middle."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.collect.scale.conftest import CONFIG, CREDENTIALS, PAGE, SECTION, Store, repository, run
from tests.conftest import ROOT, commit_all


@dataclass
class Processes:
    """A scheduler and workers, each a process of its own."""

    folder: Path
    address: str = ""
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def scheduler(self) -> None:
        """Start a scheduler on a free port."""
        arguments = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        log = self._start([*arguments, "--no-show"], "scheduler")
        self.address = self._said(log, r"Scheduler at:\s+(tcp://\S+)")

    def worker(self, name: str, *more: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker and wait until it is known."""
        arguments = [
            "worker", self.address, "--name", name, "--nthreads", "1", "--no-nanny",
            "--no-dashboard", "--local-directory", str(self.folder / name), *more,
        ]  # fmt: skip
        self._said(self._start(arguments, name, environment), r"Registered to:\s+(tcp://\S+)")
        return self.running[-1]

    def stop(self) -> None:
        """End all that was started here."""
        for process in self.running:
            process.kill()
            process.wait()

    def _start(
        self, arguments: list[str], name: str, environment: dict[str, str] | None = None
    ) -> Path:
        log = self.folder / f"{name}.log"
        command = [sys.executable, "-m", "dask.__main__", *arguments]
        full = {**os.environ, **CREDENTIALS, "PYTHONPATH": str(ROOT), **(environment or {})}
        with log.open("wb") as out:
            self.running.append(
                subprocess.Popen(command, stdout=out, stderr=out, env=full, cwd=self.folder)
            )
        return log

    def _said(self, log: Path, pattern: str) -> str:
        for _ in range(600):
            found = re.search(pattern, log.read_text("utf-8"))
            if found:
                return found[1]
            time.sleep(0.1)
        raise AssertionError(log.read_text("utf-8"))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Processes]:
    folder = tmp_path / "cluster"
    folder.mkdir()
    processes = Processes(folder)
    try:
        processes.scheduler()
        yield processes
    finally:
        processes.stop()


def sweep(root: Path, runs: int) -> None:
    for number in range(runs):
        folder = root / f"experiments/sweep_{number % 7}/run_{number}"
        folder.mkdir(parents=True)
        metrics = {"test_loss": 0.5 + number / 1000, "test_accuracy": 0.9}
        (folder / "metrics.json").write_text(json.dumps(metrics))
        (folder / "params.json").write_text(json.dumps({"learning_rate": number / 10}))
    (root / "experiments/sweep_0/broken").mkdir()
    (root / "experiments/sweep_0/broken/metrics.json").write_text('{"test_loss": ')


def page_of_one_machine(root: Path) -> str:
    """Return the page that this machine makes alone, and take it away again."""
    run(["refresh"], root)
    text = (root / PAGE).read_text("utf-8")
    (root / PAGE).unlink()
    return text


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESULTS_BOT_SCHEDULER", "")


def spread(root: Path, address: str, section: str = CONFIG) -> None:
    os.environ["RESULTS_BOT_SCHEDULER"] = address
    (root / "results-bot.toml").write_text(section, "utf-8")


@pytest.mark.parametrize("place", ["here", "at an address"])
def test_the_page_is_that_of_one_machine_to_the_byte(
    place: str, store: Store, tree: Path, cluster: Processes, tmp_path: Path
) -> None:
    (tree / "results-bot.toml").write_text(CONFIG, "utf-8")
    commit_all(tree)
    alone = page_of_one_machine(tree)
    for name in "ab":
        cluster.worker(name)
    root, section = tree, CONFIG
    if place != "here":
        store.upload(tree / "experiments", "data/experiments")
        root = repository(tmp_path / "r", "")
        section = SECTION.format(runs="s3://team/data/experiments/**")
    spread(root, cluster.address, section)
    # This machine may not even have the credentials.
    done = run(["refresh"], root, dict.fromkeys(CREDENTIALS, ""))
    assert (done.code, done.err) == (1, "")
    assert (root / PAGE).read_text("utf-8") == alone
    # The evidence is read where the artifacts are.
    assert "predicts class 6 for every sample" in alone


@pytest.mark.parametrize("phase", ["listing", "read"])
def test_a_worker_killed_in_the_middle_loses_nothing(
    phase: str, cluster: Processes, tmp_path: Path
) -> None:
    from distributed import Client

    root = repository(tmp_path / "r", CONFIG)
    sweep(root, 300)
    alone = page_of_one_machine(root)
    cluster.worker("a")
    victim = cluster.worker("b")
    spread(root, cluster.address)
    with Client(cluster.address, timeout=10, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        busy = _watched(client, "b", "results-bot-read" if phase == "read" else "results-bot-")
        if phase == "listing":
            victim.send_signal(signal.SIGSTOP)  # It takes its share, and never does it.
        command = [sys.executable, "-m", "results_bot", "refresh"]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
        refresh = subprocess.Popen(
            command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
        deadline = time.monotonic() + 60
        while not busy():
            assert time.monotonic() < deadline
            assert refresh.poll() is None, "it was over before the worker had anything to do"
        victim.send_signal(signal.SIGSTOP)
        held = busy()
        victim.kill()
    _, said = refresh.communicate(timeout=120)
    assert held, "the worker had done its share before it was killed"
    assert refresh.returncode == 4, said
    assert said.decode().startswith("warning: experiments/sweep_0/broken/metrics.json: is cut off")
    assert said.count(b"\n") == 1
    assert (root / PAGE).read_text("utf-8") == alone
    assert "| run_299 |" in alone


def _watched(client: Any, worker: str, task: str) -> Callable[[], bool]:
    """Return a look whether `worker` has a task of this name to do."""
    addresses = {one["name"]: at for at, one in client.scheduler_info()["workers"].items()}

    def busy() -> bool:
        return any(task in str(key) for key in client.processing()[addresses[worker]])

    return busy


def test_a_file_that_takes_its_workers_down_is_named(cluster: Processes, tmp_path: Path) -> None:
    root = repository(tmp_path / "r", CONFIG)
    sweep(root, 20)
    (root / "experiments/sweep_0/broken/metrics.json").unlink()
    spread(root, cluster.address)
    # What too little memory does to a worker, done by hand.
    deadly = cluster.folder / "deadly.py"
    deadly.write_text(
        "import os\n"
        "from results_bot.collect import discover\n"
        "first = getattr(discover, 'first', discover.read_bytes)\n"
        "discover.first = first\n"
        "def read_bytes(path):\n"
        "    return os._exit(9) if 'run_13/metrics' in path else first(path)\n"
        "read_bytes.__module__ = discover.__name__\n"
        "discover.read_bytes = read_bytes\n"
    )
    arguments = [sys.executable, "-m", "dask.__main__", "worker", cluster.address]
    arguments += ["--nworkers", "2", "--nthreads", "1", "--no-dashboard", "--preload", str(deadly)]
    with (cluster.folder / "deadly.log").open("wb") as out:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        workers = subprocess.Popen(
            arguments, stdout=out, stderr=out, env=environment, cwd=cluster.folder
        )
    try:
        done = run(["refresh"], root)
    finally:
        workers.terminate()
        workers.wait(30)
    assert done.code == 4, done.err
    assert done.line == (
        "warning: experiments/sweep_6/run_13/metrics.json: stopped every worker that read it; "
        "is it too large for their memory?"
    )
    assert "| run_12 |" in (root / PAGE).read_text("utf-8")


def test_workers_that_do_not_see_the_folder_stop_it(cluster: Processes, tmp_path: Path) -> None:
    root = repository(tmp_path / "r", CONFIG)
    sweep(root, 3)
    spread(root, cluster.address)
    hidden = cluster.folder / "hide.py"
    hidden.write_text(
        "import os\n"
        "first = getattr(os, 'first', os.path.isdir)\n"
        "os.first = first\n"
        f"os.path.isdir = lambda path: str(path) != {str(root / 'experiments')!r} and first(path)\n"
    )
    cluster.worker("a", "--preload", str(hidden))
    done = run(["refresh"], root)
    assert done.code == 2
    assert f"does not see {root / 'experiments'}; share the folder with all workers" in done.line


def test_workers_of_another_version_stop_it(cluster: Processes, tmp_path: Path) -> None:
    root = repository(tmp_path / "r", CONFIG)
    sweep(root, 3)
    spread(root, cluster.address)
    old = cluster.folder / "old.py"
    old.write_text("from results_bot.collect import cluster\ncluster.program = lambda: '0.0.9'\n")
    cluster.worker("a", "--preload", str(old))
    done = run(["refresh"], root)
    assert done.code == 2
    assert re.search(r"the worker on \S+ runs 0\.0\.9; install results-bot 0\.", done.line)


def test_a_cluster_that_cannot_be_used_keeps_the_rows(cluster: Processes, tmp_path: Path) -> None:
    root = repository(tmp_path / "r", CONFIG)
    sweep(root, 3)
    page = page_of_one_machine(root)
    (root / PAGE).write_text(page, "utf-8")
    spread(root, "tcp://127.0.0.1:9")
    done = run(["refresh"], root)
    assert done.code == 4
    assert done.line == (
        "warning: tcp://127.0.0.1:9: the scheduler cannot be reached (OSError); nothing was read"
    )
    assert (root / PAGE).read_text("utf-8") == page
    spread(root, cluster.address)
    done = run(["refresh"], root)
    assert done.code == 4
    assert done.line == f"warning: {cluster.address}: the scheduler has no worker; nothing was read"
    assert (root / PAGE).read_text("utf-8") == page


def test_the_hook_asks_no_cluster(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", CONFIG)
    sweep(root, 3)
    spread(root, "tcp://127.0.0.1:9")
    commit_all(root)
    began = time.monotonic()
    done = run(["hook"], root)
    assert done.code == 0
    assert time.monotonic() - began < 15
    assert "sweep_2" in (root / PAGE).read_text("utf-8")
