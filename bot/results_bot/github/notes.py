"""Git notes: what is to be remembered of a commit after it was made, on no branch.

See https://git-scm.com/docs/git-notes; one file for each commit, called by its hash.
"""

from __future__ import annotations

import base64
from typing import Any

from results_bot.errors import RefusedError
from results_bot.github.api import Api
from results_bot.github.contents import Contents

REF = "notes/results-bot"
_TRIES = 5


class Notes:
    """The notes of one repository's commits, as far as they are ours."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._contents = Contents(api)

    def get(self, commit: str) -> str:
        """Return what is noted; empty for nothing."""
        head = self._head()
        return self._noted(head, commit) if head else ""

    def put(self, commit: str, text: str) -> None:
        """Note a text, ended by a line end, unless it is there. Raises RefusedError."""
        for _ in range(_TRIES):
            head = self._head()
            if head and self._noted(head, commit) == text:
                return
            if self._moved(head, self._made(head, commit, text)):
                return
        raise RefusedError(f"GitHub: {REF} moved {_TRIES} times", "409")

    def _head(self) -> str | None:
        found = self._api.find(f"{self._api.root}/git/ref/{REF}")
        return found.commit("object.sha") if found else None

    def _noted(self, head: str, commit: str) -> str:
        return (self._contents.file(commit, head) or b"").decode("utf-8", "replace")

    def _made(self, head: str | None, commit: str, text: str) -> str:
        """Make the commit that holds the note; what git keeps by content may be sent twice."""
        root = f"{self._api.root}/git"
        blob = {"content": base64.b64encode(text.encode()).decode(), "encoding": "base64"}
        sha = self._api.send("POST", f"{root}/blobs", blob, repeat=True).text("sha")
        tree: dict[str, Any] = {
            "tree": [{"path": commit, "mode": "100644", "type": "blob", "sha": sha}]
        }
        if head:
            tree["base_tree"] = self._api.get(f"{root}/commits/{head}").text("tree.sha")
        made = {
            "message": "Notes added by results-bot",
            "tree": self._api.send("POST", f"{root}/trees", tree, repeat=True).text("sha"),
            "parents": [head] if head else [],
        }
        return self._api.send("POST", f"{root}/commits", made, repeat=True).commit("sha")

    def _moved(self, head: str | None, to: str) -> bool:
        """Move the reference, never by force; False where somebody else was faster."""
        root = f"{self._api.root}/git"
        try:
            if head:
                wanted = {"sha": to, "force": False}
                self._api.send("PATCH", f"{root}/refs/{REF}", wanted, repeat=True)
            else:
                created = {"ref": f"refs/{REF}", "sha": to}
                self._api.send("POST", f"{root}/refs", created, repeat=True)
        except RefusedError:
            if self._head() in (head, None):
                raise
            return self._head() == to
        return True
