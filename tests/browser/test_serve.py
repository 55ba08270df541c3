"""`serve`: the same page over HTTP, fresh when a training job writes, and for nobody else."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect
from results_bot.commands.invocation import Invocation
from results_bot.commands.serve import Live, Server
from results_bot.errors import BotError
from results_bot.report.html.page import charts_library

from tests.browser.conftest import Open
from tests.conftest import commit_all, run_cli, train


@pytest.fixture(scope="module")
def bundle() -> str:
    return charts_library()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Three runs and their page, committed."""
    folder = tmp_path / "repo"
    for at in range(3):
        write(folder, f"run-{at}", 0.3 + at / 10)
    commit_all(folder)
    run_cli(["refresh"], folder)
    commit_all(folder, "Refresh")
    return folder


def write(folder: Path, name: str, loss: float) -> None:
    train(folder, name, val_loss=loss, test_accuracy=1 - loss / 2)


@contextmanager
def serving(folder: Path, bundle: str, *, public: bool = False) -> Iterator[int]:
    live = Live(Invocation(folder=str(folder)), None, bundle)
    with Server(live, "127.0.0.1", 0, public=public) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield listening.server_address[1]
        finally:
            listening.shutdown()
            thread.join()


def get(port: int, path: str = "/", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.putrequest("GET", path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_the_page_follows_what_a_job_writes(repo: Path, bundle: str, open_page: Open) -> None:
    with serving(repo, bundle) as port:
        tab = open_page(f"http://127.0.0.1:{port}/")
        expect(tab.page.locator("#live")).to_have_text("live")
        expect(tab.page.locator("h1")).to_contain_text("No metric changed")
        tab.page.locator("#filter").fill("run")
        write(repo, "run-3", 0.01)
        expect(tab.page.locator("tbody .name", has_text="run-3")).to_be_visible(timeout=20_000)
        assert tab.page.locator("#filter").input_value() == "run"
        assert tab.page.evaluate("document.activeElement.id") == "filter"
        own = f"http://127.0.0.1:{port}/"
        assert all(url.startswith((own, "data:")) for url in tab.asked)
        tab.page.close()


def test_a_file_half_written_keeps_the_page(repo: Path, bundle: str) -> None:
    live = Live(Invocation(folder=str(repo)), None, bundle)
    before = live.page()
    (repo / "results-bot.toml").write_text("[[sections", "utf-8")
    live._rest_until = 0.0
    state, problem = live.state()
    assert live.page() == before
    assert state
    assert "results-bot.toml" in problem


def test_only_this_host_is_answered(repo: Path, bundle: str) -> None:
    with serving(repo, bundle) as port:
        assert get(port).status == 200
        assert get(port, Host=f"localhost:{port}").status == 200
        assert get(port, Host=f"[::1]:{port}").status == 200
        for name in (f"evil.example:{port}", "127.0.0.1.evil.example", "", "192.168.1.5"):
            assert get(port, Host=name).status == 421, name
        assert get(port, "/../../etc/passwd").status == 404


def test_the_page_allows_its_own_server_and_nothing_else(repo: Path, bundle: str) -> None:
    text = Live(Invocation(folder=str(repo)), None, bundle).page().decode()
    policy = text.partition('Content-Security-Policy" content="')[2].partition('"')[0]
    assert "connect-src &#39;self&#39;" in policy
    assert "unsafe-eval" not in policy
    with serving(repo, bundle) as port:
        answer = get(port)
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Access-Control-Allow-Origin"] is None


def test_other_machines_are_let_in_only_on_purpose(repo: Path, bundle: str) -> None:
    live = Live(Invocation(folder=str(repo)), None, bundle)
    with pytest.raises(BotError, match="--public"):
        Server(live, "0.0.0.0", 0)  # noqa: S104 - that it is refused is the test
    done = run_cli(["serve", "--host", "0.0.0.0", "--port", "0"], repo)  # noqa: S104
    assert done.code == 2
    assert "--public" in done.line
    with serving(repo, bundle, public=True) as port:
        assert get(port, Host="192.168.1.5").status == 200
        assert get(port, Host="evil.example").status == 421
