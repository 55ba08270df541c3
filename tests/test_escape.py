"""Text made harmless, character by character, for each kind of document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from results_bot.escape import (
    code,
    latex,
    log_line,
    markdown,
    printable,
    visible,
    workflow_command,
    workflow_property,
)

ZERO = "\u200b"
REPLACED = [
    *range(0x80, 0xA0),
    *(0x061C, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF),
    *range(0x2028, 0x202F),  # Line separators, and directions that override.
    *range(0x2066, 0x206A),  # Directions that isolate.
    *(0xD800, 0xDFFF, 0xFDD0, 0xFDEF),
]


@pytest.mark.parametrize("number", REPLACED, ids=hex)
def test_what_is_replaced(number: int) -> None:
    assert printable(f"a{chr(number)}b") == "a\ufffdb"


def test_controls_have_pictures() -> None:
    controls = "".join(map(chr, range(0x20)))
    assert printable(controls) == "".join(chr(0x2400 + number) for number in range(0x20))
    assert printable("\x7f") == "\u2421"
    kept = "ü — 😀 \u202f\u2065\u206a\ue000\ufdf0"
    assert printable(kept) == kept


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("$a$", r"\$a\$"),
        ("a|b", "a&#124;b"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("[x](y) ![z]", r"\[x\](y) !\[z\]"),
        ("**b** ~~s~~ `c` \\", r"\*\*b\*\* \~\~s\~\~ \`c\` " + "\\\\"),
        ("_a_ b_c __d", r"\_a\_ b_c \_\_d"),
        ("@mia #1 gh-1 GH-2 @ #x", f"@{ZERO}mia #{ZERO}1 gh-{ZERO}1 GH-{ZERO}2 @ #x"),
        ("http://x www.x mailto:a xmpp:b", None),
        ("www.x WWW.y", f"www{ZERO}.x WWW{ZERO}.y"),
        (":tada: a:b: c", f":{ZERO}tada: a:{ZERO}b: c"),
        (" a ", "&#32;a&#32;"),
        # Each alone, since text that needs no escape takes a short cut.
        (" a", "&#32;a"),
        ("a ", "a&#32;"),
        ("WWW.y", f"WWW{ZERO}.y"),
        ("GH-2", f"GH-{ZERO}2"),
        ("a\0b", "a\u2400b"),
        ("a\u00a0b", "a&#160;b"),
        ("0.5, 12.5%", "0.5, 12.5%"),
    ],
)
def test_what_markdown_escapes(text: str, shown: str | None) -> None:
    shown = shown or f"http:{ZERO}//x www{ZERO}.x mailto:{ZERO}a xmpp:{ZERO}b"
    assert markdown(text) == shown


def test_latex() -> None:
    shown = (
        r"50\% \& a\_b \#1 \{x\} \$ \textasciitilde{} \textasciicircum{} \textbackslash{} $\pm$ --"
    )
    assert latex("50% & a_b #1 {x} $ ~ ^ \\ ± —") == shown
    assert latex("a\x1b") == "a\u241b"


def test_code_spans() -> None:
    assert code("a`b") == "``a`b``"
    assert code("`") == "`` ` ``"
    assert code("``a") == "``` ``a ```"
    assert code("a``b`") == "``` a``b` ```"
    assert code(" a") == "`  a `"
    assert code("a ") == "` a  `"
    assert code("") == code(" ") == "` `"
    assert code("@mia\n") == f"`@{ZERO}mia\u240a`"
    assert visible(code("a@b")) == "`a@b`"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("::error::x", f"{ZERO}::error::x"),
        ("  ::add-mask::x", f"{ZERO}  ::add-mask::x"),
        ("a::b", "a::b"),
        ("x ##[error]y ##[z", f"x ##{ZERO}[error]y ##{ZERO}[z"),
        ("a\n::error::b", "a\u240a::error::b"),
    ],
)
def test_lines_of_a_log_are_no_commands(text: str, line: str) -> None:
    assert log_line(text) == line


def test_workflow_commands_keep_their_text() -> None:
    assert workflow_command("50%\r\n::x,y") == "50%25%0D%0A::x,y"
    assert workflow_property("a:b,c%\r\n") == "a%3Ab%2Cc%25%0D%0A"


@given(st.text())
def test_no_text_leaves_its_line(text: str) -> None:
    for made in (printable(text), markdown(text), code(text), log_line(text)):
        assert len(made.splitlines()) <= 1
        assert not any(one in made for one in "\x00\x1b\u202e\u2066")
    assert not log_line(text).lstrip().startswith("::")
    assert "##[" not in log_line(text)
