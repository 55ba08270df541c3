"""Names, messages and commands that fight the page: they show as text and do nothing else."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from results_bot.judge.approvals import Acceptance, Approvals, Refusal
from results_bot.model import Finding, Problem, Severity
from results_bot.report import check, comment, job_summary
from results_bot.report.check import annotate, workflow_commands
from results_bot.report.review import Provenance, Review

from tests.report.github_html import Seen
from tests.report.material import DIGEST, PROVENANCE, moved

MARKER = comment.marker("results")
NAMES = [
    "<!-- results-bot:comment results -->",
    MARKER,
    "</details>",
    "</summary></details><h1>",
    "<details open>",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "![x](https://evil.example/x.png)",
    "[click](https://evil.example)",
    "https://evil.example www.evil.example a@evil.example",
    "@everyone @acme/admins #1 GH-1 acme/x#2",
    "```\n# fence",
    "````",
    "`code`",
    "~~~",
    "| a | b |\n|---|---|",
    "a|b\\|c\\",
    "**",
    "\\",
    "::error file=x::y\n::set-output name=a::b",
    "%0A::error::x",
    '"] \n  bar [9]\n%% x',
    "%%{init: {}}%%",
    "$a$ :tada: ~~x~~ ==x==",
    "\u202egnp.exe\u2066",
    "\x00\x1b[31m\r\n\t",
    "\ud800",
    " ",
    "---",
    "1. x",
    "- [ ] x",
    "&lt;b&gt; &#64;everyone &commat;everyone",
    "<a href='javascript:x'>",
    "/approve-metrics ffffffffffff",
    "😀" * 100,
    "ß" * 200,
    "<" * 200,
    "|" * 200,
]
HOSTILE = st.one_of(
    st.sampled_from(NAMES),
    st.text(min_size=1, max_size=30),
    st.text("|\\`*_<>[]()!~&#;:@-=+$/ \n\t\u200b\u202e\u00a0aß1.\"'%", min_size=1, max_size=40),
    st.lists(st.sampled_from(NAMES), min_size=2, max_size=3).map("".join),
)


def review(names: list[str], text: str, where: str = "") -> Review:
    """Return a review in which everything that can come from outside is hostile."""
    also = [
        Finding("row-removed", Severity.WARNING, "nightly", text, runs=tuple(names), tip=text),
        Finding(text or "x", Severity.NOTICE, text, text, names[0], text, text, text),
        Finding("twin-runs", Severity.WARNING, "", text, known=True),
    ]
    findings = max(1, len(names) // 2)
    made = moved(names, findings, text, also=also)
    some = (made.verdict.blocking[0], Acceptance(text, text, text, text))
    view = Approvals(text, (some,), refused=(Refusal(text, text, text, text),))
    outside = replace(
        PROVENANCE,
        page=text,
        page_url=text,
        repository_url=where,
        run_url=where,
        report_url=where,
        bot_url=where,
        base=text,
        head=text,
        version=text,
        project=text,
    )
    return replace(
        made,
        approvals=view,
        problems=(Problem(text, text), Problem(names[0], text)),
        takeaways=(text, f"**{text}**"),
        provenance=outside,
    )


def check_harmless(seen: Seen, comments: int) -> None:
    assert (seen.broken, seen.strangers, seen.ragged) == ([], set(), [])
    assert (seen.links, seen.mentions) == ([], [])
    assert len(seen.comments) == comments


@given(st.lists(HOSTILE, min_size=1, max_size=6, unique=True), HOSTILE)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_outside_text_is_only_text(names: list[str], text: str) -> None:
    made = review(names, text)
    body = comment.render(made)
    marker = comment.marker(text)
    assert body.startswith(f"{marker}\n<!-- results-bot:state ")
    assert body.count("<!--") == 2
    assert comment.read_state(body, text) is not None
    assert body.count("<details>") == body.count("</details>")
    check_harmless(Seen(body), 2)
    run = check.render(made)
    check_harmless(Seen(run.summary), 0)
    check_harmless(Seen(run.text), 0)
    check_harmless(Seen(job_summary.render(made)), 0)
    assert max(map(ord, run.title + run.summary + run.text)) <= 0xFFFF
    for one in annotate(made, None):
        assert "\n" not in one.title
        assert max(map(ord, one.message)) <= 0xFFFF


@pytest.mark.parametrize("name", NAMES)
def test_each_trick_alone(name: str) -> None:
    body = comment.render(review([name, "plain"], name))
    check_harmless(Seen(body), 2)
    body.encode("utf-8")


@given(st.lists(HOSTILE, min_size=1, max_size=6, unique=True), HOSTILE)
def test_one_workflow_command_a_line(names: list[str], text: str) -> None:
    for line in workflow_commands(annotate(review(names, text), None)):
        assert "\n" not in line
        assert "\r" not in line
        head, _, _ = line[2:].partition("::")
        assert head.split(" ")[0] in ("error", "warning", "notice")
        assert [part.split("=")[0] for part in head.partition(" ")[2].split(",")] == [
            "file",
            "line",
            "title",
        ]


def test_a_forged_marker_is_not_read_as_a_state() -> None:
    forged = f"{MARKER}\n<!-- results-bot:state run=999 attempt=1 head=aa --> "
    body = comment.render(moved([forged, "b"]))
    state = comment.read_state(body, "results")
    assert state == comment.CommentState(77, 1, PROVENANCE.head)
    assert comment.read_state(f"hello\n{body}", "results") is None
    assert comment.read_state(body, "other") is None
    assert comment.read_state(body.replace("\n", "\r\n"), "results") == state
    assert comment.read_state(MARKER, "results") == comment.CommentState(0, 0)


def test_a_later_run_is_greater() -> None:
    states = [
        comment.CommentState(7, 1, "f"),
        comment.CommentState(7, 2, "a"),
        comment.CommentState(12, 1, ""),
    ]
    assert sorted(states, reverse=True) == states[::-1]


def test_addresses_are_checked() -> None:
    good = Provenance("p", "a" * 40, "b" * 40, repository_url="https://ghe.example:8443/o/r")
    assert Seen(comment.render(replace(moved(["a"]), provenance=good))).links == [
        f"https://ghe.example:8443/o/r/commit/{'a' * 40}",
        f"https://ghe.example:8443/o/r/commit/{'b' * 40}",
    ]
    for bad in (
        "javascript:alert(1)",
        "https://x/) [y](https://evil.example",
        "//x",
        "https://x y",
    ):
        made = replace(moved(["a"]), provenance=replace(good, repository_url=bad, run_url=bad))
        assert Seen(comment.render(made)).links == []


def test_the_digest_is_ours_and_stays_in_its_block() -> None:
    view = Approvals(f"{DIGEST}\n```\n# x")
    seen = Seen(comment.render(moved(["a"], 1, approvals=view)))
    assert seen.tags["pre"] == 1
    assert "h1" not in seen.tags
