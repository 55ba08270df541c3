"""HTTP on 127.0.0.1, and nothing of GitHub: requests as the log keeps them, and answers."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal


@dataclass
class Request:
    """One request to the double, in the log from the moment it came in."""

    number: int
    """Counted from 1; the same scenario counts the same way each time."""
    host: Literal["api", "storage"]
    method: str
    path: str
    """Without the API's base, escapes as sent."""
    query: dict[str, str]
    body: Any
    """Parsed JSON, None for no body."""
    operation: str
    """`checks/create`, `graphql:createCommitOnBranch`, `download`, or empty for unknown."""
    is_write: bool
    """Whether it asks for a change, by REST or by GraphQL."""
    headers: dict[str, str] = field(repr=False)
    """Names in lower case, without the authorisation."""
    status: int | None = None
    """What was answered; None when the connection was cut."""


@dataclass(frozen=True)
class Answer:
    """What goes back; without a status the connection is cut."""

    status: int | None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    torn: bool = False
    """Send half of the body and cut the connection."""


def json_answer(status: int, body: Any, headers: dict[str, str] | None = None) -> Answer:
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Answer(status, json.dumps(body).encode(), kind | (headers or {}))


Respond = Callable[[str, str, dict[str, str], bytes], Answer]


class Server:
    """One listening port; `respond` gets method, target, headers in lower case, and body."""

    def __init__(self, respond: Respond) -> None:
        self._http = _Http(("127.0.0.1", 0), respond)
        # The default of half a second is how long closing would take.
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True
        )
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    # A request that is being kept waiting keeps no test from ending.
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], respond: Respond) -> None:
        self.respond = respond
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent when a client goes away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without these two every round trip waits 40 ms for a delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Http

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        answer = self.server.respond(self.command, self.path, headers, body)
        if answer.status is None:
            self.close_connection = True
            _hang_up(self.connection)
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.torn:
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.wfile.flush()
            self.close_connection = True
            _hang_up(self.connection)
            return
        self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep out of the tests' output; the double has a log of its own."""


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
