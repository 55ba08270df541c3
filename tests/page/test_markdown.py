"""Tables to Markdown and back, over cells that fight it."""

from __future__ import annotations

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import example, given
from hypothesis import strategies as st
from results_bot.escape import (
    _unprintable,
    are_plain,
    escaped,
    markdown,
    printable,
)
from results_bot.model import Direction, Status
from results_bot.page.markdown import TableText, parse, render

HOSTILE = st.one_of(
    st.text(max_size=20),
    st.text("|\\`*_<>[]()!~&#;:@-=+$ \n\t\u200b\u202eaß1.", max_size=20),
    st.sampled_from(
        ["<img src=x onerror=alert(1)>", "@everyone", "a|b", "\\|", "`", "&#124;", "---", "1. x"]
    ),
)
CELL = HOSTILE.map(printable)
NAME = CELL.filter(bool)
TITLE = NAME.filter(lambda text: not text.endswith((" is better)",)))


@st.composite
def tables(draw: st.DrawFn) -> TableText:
    width = draw(st.integers(1, 5))
    row = st.tuples(*[CELL] * width)
    rows = draw(st.lists(row, min_size=1, max_size=6))
    rulers = draw(st.tuples(*[st.sampled_from(["---", ":---", ":---:", "---:"])] * width))
    transposed = draw(st.booleans())
    if transposed:
        rulers = ("---", *["---:"] * (width - 1))
    return TableText(
        header=draw(row),
        rows=tuple(rows),
        rulers=rulers if any(one != "---" for one in rulers) else (),
        top=draw(st.integers(0, len(rows) - 1)),
        transposed=transposed,
        sorted_by=draw(st.none() | st.tuples(TITLE, st.sampled_from(Direction))),
        unfinished=tuple(draw(st.lists(st.tuples(NAME, st.sampled_from(Status)), max_size=4))),
    )


@given(tables())
@example(TableText(("---",), (("---",), (":-:",))))
@example(TableText(("a",), (("",),), unfinished=(("`", Status.FAILED), (" ", Status.UNFINISHED))))
def test_parse_is_the_inverse_of_render(table: TableText) -> None:
    assert parse(render(table)) == table


@given(tables())
def test_one_line_for_each_run(table: TableText) -> None:
    lines = [line for line in render(table).split("\n") if line.startswith("|")]
    rulers = 2 if table.top else 1
    if not table.transposed:
        assert len(lines) == len(table.rows) + 2 * rulers


WORD = st.text("aw_ .,-=@:#1é日\u00a0\x00\n", max_size=6) | st.sampled_from(
    [*"run_1 0.5 34.84% _a a_ GH-1 gh-1 www.x lr=0.1 —".split(), "1 ± 2", " a", "a "]
)


@given(st.lists(WORD | HOSTILE, max_size=4))
@example(["a_b", "日本_é", "0.5 ± 0.1 (n = 2)", "", "it's {x};"])
def test_plain_texts_are_escaped_to_themselves(texts: list[str]) -> None:
    assert not are_plain(texts) or [escaped(text) for text in texts] == texts
    assert [markdown(text) for text in texts] == [escaped(text) for text in texts]
    usual = {"a_b", "run_1", "0.5", "lr=0.1", "1 ± 2", "—", "34.84%"}
    assert are_plain(texts) or not usual.issuperset(texts)


def test_what_is_looked_for_is_unprintable_to_python() -> None:
    assert not [code for code in _unprintable() if chr(code).isprintable()]


@given(CELL)
def test_github_shows_the_cell_and_nothing_else(cell: str) -> None:
    source = render(TableText(("Run",), ((cell,),)))
    html = cmarkgfm.github_flavored_markdown_to_html(source, Options.CMARK_OPT_UNSAFE)
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    assert body.count("<") == 4, body  # one row with one cell, each opened and closed


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("| a | b |\n|:--|--:|\n| **x** | `1` |", [("x", "1")]),
        ("a | b\n--|--\nx | 1\\|2", [("x", "1|2")]),
        ("| a | b |\r\n|---|---|\r\n| x | <b>1</b> |", [("x", "<b>1</b>")]),
        ("no table", []),
    ],
)
def test_hand_made_tables_are_read(text: str, rows: list[tuple[str, ...]]) -> None:
    assert list(parse(text).rows) == rows


def test_what_stands_above_or_instead_of_a_table() -> None:
    assert parse(render(TableText(("Run",)))).rows == ()
    assert "No finished runs yet." in render(TableText(("Run",)))
    table = TableText(("Run", "KL"), (("a", "1"),), ("Test KL divergence", Direction.LOWER))
    order = "Sorted by **Test KL divergence (lower is better)**."
    assert render(table).startswith(f"{order}\n\n| Run |")


FOLDED = (
    "\n\n<details><summary>2 runs</summary>"
    "\n\n| a | b |\n|---|---|\n| c / d | 1 ± 2 |\n\n</details>"
)
PLAIN = st.text("abz_019. ,%:@#é—-+|\\", min_size=1, max_size=8)


@given(
    st.lists(st.tuples(PLAIN, PLAIN), max_size=4),
    st.sampled_from(
        ["", "Sorted by **a_b (lower is better)**.\n\n", "> x\n\n", "- x\n\n", "```\n\n"]
    ),
    st.lists(
        st.sampled_from(
            ["\n\nNote: a", "\n\n| c | d |\n|---|---|\n| 1 | 2 |", "\n", "\nx", "\n\n```", FOLDED]
        ),
        max_size=3,
    ).map("".join),
    st.sampled_from(["|---|---|", "|---|", "| --- | --- |", "|:--|---|"]),
)
@example([("a", "1"), ("b_c", "2")], "", "", "|---|---|")
@example([("0", "0"), ("0", "|")], "", "", "|---|---|")
@example([("a", "1"), ("b", "2")], "", f"{FOLDED}\n\n| c | d |\n|---|---|\n| 1 | 2 |", "|---|---|")
def test_plain_tables_are_parsed_as_the_parser_does(
    rows: list[tuple[str, str]], head: str, tail: str, ruler: str
) -> None:
    lines = [f"| {one} | {other} |" for one, other in rows]
    # A space behind a row keeps the shorter way from being taken.
    text, spaced = (
        head + "\n".join([*lines[:1], ruler, *(line + end for line in lines[1:])]) + tail
        for end in ("", " ")
    )
    assert parse(text) == parse(spaced)


WORDS = st.text("abz_01. ,()*`:—-#", max_size=6)


@given(
    st.lists(
        st.one_of(
            WORDS,
            st.builds("Sorted by **{}**.".format, WORDS),
            st.builds("Sorted by **{} (lower is better)**.".format, WORDS),
            st.builds("Unfinished, no final metrics: `{}`, `b` ({}).".format, WORDS, WORDS),
            st.builds("Note: {}".format, WORDS),
            st.builds("Narrative: `{}`.".format, WORDS),
            st.sampled_from(
                ["<details><summary>2 runs</summary>", "</details>", "| R |\n|---|\n| a / b |"]
            ),
        ),
        max_size=4,
    ),
    st.sampled_from(["\n\n", "\n\n\n", "\n"]),
)
@example(["Sorted by **a (lower is better) (higher is better)**."], "\n\n")
@example(["Unfinished, no final metrics: `a`, `b` (failed)."], "\n\n")
@example(["Note: one", "Note: two"], "\n\n")
def test_plain_lines_are_read_as_the_parser_does(lines: list[str], between: str) -> None:
    text, spaced = (between.join([f"| a |\n|---|\n| 1 |{end}", *lines]) for end in ("", " "))
    assert parse(text) == parse(spaced)
