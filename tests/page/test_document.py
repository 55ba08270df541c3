"""The page's markers: found, refused where broken, and nothing between others is ever touched."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from results_bot.errors import PageError
from results_bot.page.document import block_text, markers, parse_page, splice

A, END_A = markers("a")
B, END_B = markers("b")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([A], "RESULTS.md:1: block `a` has no end marker"),
        (["x", END_A], "RESULTS.md:2: block `a` ends, but did not begin"),
        ([END_A, A], "RESULTS.md:1: block `a` ends, but did not begin"),
        ([A, END_A, "", A, END_A], "RESULTS.md:4: block `a` is here twice, first in line 1"),
        ([A, B, END_B, END_A], "RESULTS.md:2: block `b` begins inside block `a` (line 1)"),
        ([A, END_B], "RESULTS.md:2: block `b` ends inside block `a` (line 1)"),
        ([A, A, END_A], "RESULTS.md:2: block `a` begins inside block `a` (line 1)"),
        (
            ["<!-- results-bot:start a -->"],
            "RESULTS.md:1: this marker cannot be read: <!-- results-bo",
        ),
        (
            ["<!--results-bot:begin a-->"],
            "RESULTS.md:1: this marker cannot be read: <!--results-bot:",
        ),
        ([f"{A} x"], "RESULTS.md:1: this marker cannot be read"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_broken_markers_name_their_line(lines: list[str], message: str, newline: str) -> None:
    with pytest.raises(PageError) as caught:
        parse_page(newline.join(lines) + newline)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


CONFLICT = ["<<<<<<< HEAD", "| a | 1 |", "=======", "| a | 2 |", ">>>>>>> side"]
UNRESOLVED = "a merge conflict is not resolved; keep the lines of either side"


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ([A, *CONFLICT, END_A], 2),
        (["<<<<<<< HEAD", A, END_A, "=======", A, END_A, ">>>>>>> side"], 1),
        ([A, "x", END_A, A, "<<<<<<< HEAD", END_A, "=======", END_A, ">>>>>>> side"], 5),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_conflict_is_no_table(lines: list[str], line: int, newline: str) -> None:
    with pytest.raises(PageError) as caught:
        parse_page(newline.join(lines) + newline, "R.md")
    assert str(caught.value).startswith(f"R.md:{line}: {UNRESOLVED}")


def test_a_conflict_in_the_words_of_people_is_theirs() -> None:
    assert list(parse_page("\n".join([*CONFLICT, A, "x <<<<<<< y", END_A])).blocks) == ["a"]


@pytest.mark.parametrize("fence", ["```", "~~~~", "   ```md", "```` md"])
def test_markers_in_code_are_text(fence: str) -> None:
    close = re.sub(r"[^`~]", "", fence)
    text = "\n".join([fence, A, "````x" if "~" in fence else "~~~", close, A, END_A, ""])
    assert [block.line for block in parse_page(text).blocks.values()] == [5]
    # An open fence hides the rest, and what is no fence nothing.
    assert parse_page("\n".join(["````", "```", A, END_A])).blocks == {}
    for line in ("```not a fence```", "```a`b", "    ```", "``", "text ```"):
        assert list(parse_page("\n".join([line, A, END_A, ""])).blocks) == ["a"]


def test_what_a_block_holds() -> None:
    text = f"x\r\n{A}\r\n\r\n| a |\r\n|---|\r\n\r\n{END_A}\r\ny"
    page = parse_page(text)
    block = page.blocks["a"]
    assert (block.content, block.line, page.newline) == ("| a |\n|---|", 2, "\r\n")
    assert text[: block.start].endswith(f"{A}\r\n")
    assert text[block.end :] == f"{END_A}\r\ny"


LINE = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=12)
HUMAN = st.lists(LINE.filter(lambda t: not t.lstrip().startswith(("`", "~", "<!--"))), max_size=4)
CONTENT = st.lists(LINE, min_size=1, max_size=4).map("\n".join).map(lambda text: text.strip("\n"))
CONTENTS = CONTENT.filter(lambda text: "<!--" not in text and "`" not in text and "~" not in text)


@given(st.lists(st.tuples(HUMAN, CONTENTS, CONTENTS), max_size=3), HUMAN, st.booleans())
def test_splice_replaces_blocks_and_nothing_else(
    parts: list[tuple[list[str], str, str]], tail: list[str], crlf: bool
) -> None:
    newline = "\r\n" if crlf else "\n"

    def page(new: bool) -> str:
        lines = []
        for number, (words, before, after) in enumerate(parts):
            lines += [*words, block_text(f"s/{number}", after if new else before, newline)]
        return newline.join([*lines, *tail, ""])

    old = parse_page(page(new=False))
    assert {key: block.content for key, block in old.blocks.items()} == {
        f"s/{number}": part[1] for number, part in enumerate(parts)
    }
    assert splice(old, {key: block.content for key, block in old.blocks.items()}) == old.text
    assert splice(old, {f"s/{number}": part[2] for number, part in enumerate(parts)}) == page(
        new=True
    )
    assert splice(old, {}) == old.text


def test_an_unknown_block_is_refused() -> None:
    with pytest.raises(KeyError):
        splice(parse_page("x"), {"a": "y"})
