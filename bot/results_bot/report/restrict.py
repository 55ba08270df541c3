"""Text without characters above U+FFFF, which GitHub's check runs do not take."""

from __future__ import annotations

import re

_ABOVE = re.compile("[\U00010000-\U0010ffff]")
_OURS = {"🔴": "❌", "🟢": "✅"}


def restrict(text: str) -> str:
    """Return `text` with our own signs exchanged for older ones, and all else for U+FFFD."""
    if text.isascii():
        return text
    return _ABOVE.sub(lambda found: _OURS.get(found[0], "\ufffd"), text)
