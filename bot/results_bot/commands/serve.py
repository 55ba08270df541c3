"""`serve`: the report over HTTP on this machine, updated whenever training jobs write files.

It listens on loopback only, unless asked to. Requests must name an expected host, since a page
elsewhere could point a name of its own at this machine (DNS rebinding).
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import socket
import threading
import time
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import click

from results_bot import config as configuration
from results_bot.collect.file import Listed
from results_bot.collect.readers import dvc
from results_bot.commands.invocation import Invocation, base_argument
from results_bot.commands.report import compared, gather, library
from results_bot.console import Outcome
from results_bot.errors import BotError
from results_bot.report.html import page
from results_bot.workspace import Workspace

REST = 8
"""Checking for changes takes at most one part in this many of the time."""
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass
class Live:
    """The current page. One request at a time checks for changes and renders; others wait."""

    call: Invocation
    base: str | None
    bundle: str
    text: bytes = b""
    problem: str = ""
    """Why the page shows an older state."""
    _shown: str = ""
    """The fingerprint of the state that `text` shows."""
    _rest_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def state(self) -> tuple[str, str]:
        """Return the fingerprint of the state shown, and a problem."""
        with self._lock:
            self._look()
            return self._shown, self.problem

    def page(self) -> bytes:
        """Return the page. Raises BotError where none could be made yet."""
        with self._lock:
            self._look()
            if not self.text:
                raise BotError(self.problem)
            return self.text

    def _look(self) -> None:
        began = time.monotonic()
        if began < self._rest_until:
            return
        try:
            workspace = self.call.workspace()
            with closing(workspace.repo) if workspace.repo else nullcontext():
                state = fingerprint(workspace)
                if state != self._shown:
                    found = compared(workspace, self.call.now, self.base)
                    data = gather(found, self.base, live=True)
                    self.text = page.render(data, self.bundle).encode("utf-8")
                    self._shown = state
            self.problem = ""
        except BotError as error:
            # A job may be in the middle of writing a file: keep showing the last state.
            self.problem = str(error)
        ended = time.monotonic()
        self._rest_until = ended + max(0.2, REST * (ended - began))


@click.command()
@base_argument
@click.option("--port", default=8347, show_default=True, type=click.IntRange(0, 65535))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--public", is_flag=True, help="Allow a HOST that other machines can reach.")
@click.pass_obj
def serve(call: Invocation, base: str | None, port: int, host: str, public: bool) -> Outcome:
    """Show the report in a browser and update it while training jobs write."""
    live = Live(call, base, library(call.workspace()))
    live.page()
    with Server(live, host, port, public=public) as server:
        shown = f"[{host}]" if ":" in host else host
        call.say(f"http://{shown}:{server.server_address[1]}/ (Ctrl+C ends it)")
        server.serve_forever()
    return Outcome()


def fingerprint(workspace: Workspace) -> str:
    """Return a digest that changes with any artifact, the page, the configuration or HEAD."""
    # Artifacts are known by their versions, and not read.
    settings = (configuration.FILE, configuration.PYPROJECT, dvc.PIPELINE)
    own = [workspace.root / one for one in (workspace.page, workspace.config_file or "", *settings)]
    parts: list[Any] = [
        [
            (item.path, item.version) if isinstance(item, Listed) else (item.file, item.reason)
            for item in workspace.sources.look()
        ],
        [hashlib.sha256(path.read_bytes()).hexdigest() for path in own if path.is_file()],
        workspace.repo.head if workspace.repo else None,
    ]
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


class Server(ThreadingHTTPServer):
    """Listens from the start. Raises BotError where the address cannot be used."""

    def __init__(self, live: Live, host: str, port: int, *, public: bool = False) -> None:
        """Serve the page of `live`; a host that other machines can reach needs `public`."""
        if not public and not _is_loopback(host):
            raise BotError(
                f"--host {host}: other machines could read the results; add --public to allow it"
            )
        self.live, self.host, self.public = live, host.lower(), public
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), Handler)
        except OSError as error:
            reason = error.strerror or error
            raise BotError(f"{host}:{port}: cannot listen there ({reason})") from None


class Handler(BaseHTTPRequestHandler):
    """Answers two addresses: the page, and the state it shows."""

    server: Server
    server_version = "results-bot"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer a request."""
        site = self.headers.get("Sec-Fetch-Site", "none")
        is_foreign = self.path == "/state" and site not in ("none", "same-origin")
        if is_foreign or not self._names_this_server():
            self._send(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", b"not for this host\n")
        elif self.path.partition("?")[0] == "/":
            try:
                self._send(HTTPStatus.OK, "text/html; charset=utf-8", self.server.live.page())
            except BotError as error:
                self._send(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", f"{error}\n".encode())
        elif self.path == "/state":
            state, problem = self.server.live.state()
            body = json.dumps({"state": state, "problem": problem}).encode()
            self._send(HTTPStatus.OK, "application/json", body)
        elif self.path == "/favicon.ico":
            self._send(HTTPStatus.NO_CONTENT, "image/x-icon", b"")
        else:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", b"there is only /\n")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Log nothing: the terminal shows only the address."""

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # The reader may have gone.
            self.send_response(status)
            headers = {"Content-Type": kind, "Content-Length": str(len(body)), **_HEADERS}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    def _names_this_server(self) -> bool:
        try:
            name = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        except ValueError:
            return False
        if name == self.server.host or _is_loopback(name):
            return True
        own_names = (socket.gethostname().lower(), socket.getfqdn().lower())
        return self.server.public and (_address(name) is not None or name in own_names)


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
