"""The comment that the README shows is what `ci` writes."""

from __future__ import annotations

from pathlib import Path

from tests.github.demo import CHANGES
from tests.github.scene import Scene

README = Path(__file__).parent.parent.parent / "README.md"


def excerpt(body: str) -> str:
    """Return the comment down to how it is approved, quoted."""
    shown = body[body.index("### ") : body.index("<details>")].strip()
    return "".join(f"> {line}".rstrip() + "\n" for line in shown.split("\n"))


def test_example_comment_in_the_readme_is_real(stage: Scene) -> None:
    pull = stage.pull(dict(CHANGES))
    stage.judge(pull)
    text = README.read_text("utf-8")
    shown = text.partition("<!-- comment:begin -->\n")[2].partition("<!-- comment:end -->")[0]
    assert shown == excerpt(stage.sticky(pull))
