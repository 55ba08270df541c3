"""Who may accept which findings, as one table and a few laws."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from results_bot.judge.approvals import (
    Policy,
    Source,
    Statement,
    Verb,
    commands,
    decide,
    digest,
    mentions_command,
)
from results_bot.model import Finding, Severity

HEAD = "f" * 40
WORSE = Finding(
    "metric-regressed", Severity.FAILURE, "nightly", "m", "resnet", "acc", "0.91", "0.88",
    runs=("resnet",),
)  # fmt: skip
LOST = Finding(
    "metric-lost", Severity.FAILURE, "nightly", "m", "my run", "kl", "0.3", None, runs=("my run",)
)
BOTH = (WORSE, LOST)
DIGEST = digest(BOTH, "")
APPROVE = f"/approve-metrics {DIGEST[:20]}"


def said(body: str = APPROVE, **changes: Any) -> Statement:
    statement = Statement(1, "rita", "2026-01-02T00:00:00Z", body, permission="write")
    return replace(statement, **changes)


def accepted(*statements: Statement, policy: Policy = Policy(), author: str = "ann") -> set[str]:
    found = decide(BOTH, statements, author, HEAD, policy, {"carl"}, {"resnet", "my run", "vit"})
    assert len(found.accepted) + len(found.pending) == len(BOTH)
    return {finding.id for finding, _ in found.accepted}


ALL = {"metric-regressed", "metric-lost"}
REVIEW: dict[str, Any] = {"source": Source.REVIEW, "approves": True, "commit": HEAD}


@pytest.mark.parametrize(
    ("statement", "policy", "expected"),
    [
        (said(), Policy(), ALL),
        (said(f"/approve-metrics {DIGEST}"), Policy(), ALL),
        (said(f"/approve-metrics {DIGEST[:12]} on purpose"), Policy(), ALL),
        (said(f"/approve-metrics {DIGEST[:12].upper()}"), Policy(), ALL),
        (said(f"Fine.\n\n{APPROVE}\r\n"), Policy(), ALL),
        (said(permission="maintain"), Policy(), ALL),
        (said(permission="admin"), Policy(), ALL),
        (said(f"{APPROVE} nightly/resnet"), Policy(), {"metric-regressed"}),
        (said(f"{APPROVE} nightly/my run: known bug"), Policy(), set()),
        (said(f"{APPROVE} nightly/my run known bug"), Policy(), {"metric-lost"}),
        (said(f"{APPROVE} nightly/resnt"), Policy(), set()),
        (said(f"/approve-metrics {DIGEST[:11]}"), Policy(), set()),
        (said("/approve-metrics"), Policy(), set()),
        (said(f"/approve-metrics {'0' * 20}"), Policy(), set()),
        (said(f"/approve-metrics {DIGEST[:20]}0"), Policy(), set()),
        (said(f"> {APPROVE}"), Policy(), set()),
        (said(f"```\n{APPROVE}\n```"), Policy(), set()),
        (said(f"    {APPROVE}"), Policy(), set()),
        (said(f"<!--\n{APPROVE}\n-->"), Policy(), set()),
        (said(f"Looks good. <!--\n{APPROVE}\n--> Thanks."), Policy(), set()),
        (said(f"> What about this?\n{APPROVE}"), Policy(), set()),
        (said(f"- one\n\n  {APPROVE}"), Policy(), set()),
        (said(f"`a\n{APPROVE}\nb`"), Policy(), set()),
        (said(f"<details>\n\n{APPROVE}\n\n</details>"), Policy(), ALL),
        (said(f"{APPROVE} resnet"), Policy(), set()),
        (said(f"{APPROVE} vit: it is better now"), Policy(), set()),
        (said(f"{APPROVE} resnets are like that"), Policy(), ALL),
        (said(author="carl"), Policy(), set()),
        (said(author="carl"), Policy(authors_may_approve=True), ALL),
        (said(f"please {APPROVE}"), Policy(), set()),
        (said(permission="read"), Policy(), set()),
        (said(permission="triage"), Policy(), set()),
        (said(permission="none"), Policy(), set()),
        (said(bot=True), Policy(), set()),
        (said(edited=True), Policy(), set()),
        (said(author="ann"), Policy(), set()),
        (said(author="ANN"), Policy(), set()),
        (said(author="ann"), Policy(authors_may_approve=True), ALL),
        (said(author="rita"), Policy(approvers=frozenset({"Rita"})), ALL),
        (said(author="rita"), Policy(approvers=frozenset({"bob"})), set()),
        (said(**REVIEW), Policy(), ALL),
        (said("", **REVIEW), Policy(), set()),
        (said("", **REVIEW), Policy(reviews_count=True), ALL),
        (said("", **REVIEW | {"commit": "e" * 40}), Policy(reviews_count=True), set()),
        (said("", **REVIEW | {"approves": False}), Policy(reviews_count=True), set()),
        (said("", **REVIEW, permission="read"), Policy(reviews_count=True), set()),
        (said("", **REVIEW, author="ann"), Policy(reviews_count=True), set()),
    ],
)  # fmt: skip
def test_one_statement(statement: Statement, policy: Policy, expected: set[str]) -> None:
    assert accepted(statement, policy=policy) == expected


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (said(edited=True), "edited comments do not count; write a new one"),
        (said(permission="read"), "this needs write permission on the repository"),
        (said(author="ann"), "the author of a pull request cannot approve its metrics"),
        (said("/approve-metrics 123"), "give at least 12 characters of the digest"),
        (said(f"/approve-metrics {'0' * 20}"), "this digest is not that of the findings now; "
         "the values have changed"),
        (said(f"{APPROVE} nightly/resnt"), "nothing that waits is called nightly/resnt; "
         "what waits is nightly/my run, nightly/resnet"),
        (said("/revoke-metrics", permission="read"),
         "this needs write permission on the repository"),
    ],
)  # fmt: skip
def test_refusals_say_why(statement: Statement, why: str) -> None:
    found = decide(BOTH, [statement], "ann", HEAD)
    assert [refusal.why for refusal in found.refused] == [why]
    assert found.pending == BOTH


def test_nothing_waits() -> None:
    found = decide((), [said()], "ann", HEAD)
    assert found.complete
    assert found.digest == ""
    assert found.refused[0].why == "nothing waits for approval"


def test_two_reviewers_in_part() -> None:
    first = said(f"{APPROVE} nightly/resnet", id=1, author="rita")
    second = said(f"{APPROVE} nightly/my run", id=2, author="bob", at="2026-01-03T00:00:00Z")
    found = decide(BOTH, [second, first], "ann", HEAD)
    assert found.complete
    assert [(finding.id, one.by) for finding, one in found.accepted] == [
        ("metric-regressed", "rita"),
        ("metric-lost", "bob"),
    ]
    assert found.by == ("rita", "bob")


def test_revoking_takes_back_what_was_said_before() -> None:
    later = {"at": "2026-01-03T00:00:00Z", "id": 2}
    revoke = said("/revoke-metrics too early", author="bob", **later)
    assert accepted(said(), revoke) == set()
    assert accepted(said(), revoke, said(id=3, at="2026-01-04T00:00:00Z")) == ALL
    assert accepted(said(at="2026-01-05T00:00:00Z"), revoke) == ALL, "said after it"


def test_refused_commands_never_revoke() -> None:
    later = {"at": "2026-01-03T00:00:00Z", "id": 2}
    for refused in (
        said("/revoke-metrics", permission="read", **later),
        said("/revoke-metrics", edited=True, **later),
        said("/revoke-metrics", bot=True, **later),
        said(f"/approve-metrics {'0' * 20}", **later),
        said("/approve-metrics", **later),
    ):
        assert accepted(said(), refused) == ALL


def test_the_author_may_take_back() -> None:
    revoke = said("/revoke-metrics", author="ann", at="2026-01-03T00:00:00Z")
    assert accepted(said(), revoke) == set()


@pytest.mark.parametrize(
    "other",
    [
        replace(WORSE, after="0.87"),
        replace(WORSE, before="0.92"),
        replace(WORSE, runs=("vgg",)),
        replace(WORSE, section="weekly"),
        replace(WORSE, metric="f1"),
        replace(WORSE, id="best-regressed"),
        replace(WORSE, after=None),
        replace(WORSE, after=""),
    ],
)
def test_any_other_value_drops_the_approval(other: Finding) -> None:
    found = decide((other, LOST), [said()], "ann", HEAD)
    assert found.pending == (other, LOST)


def test_a_new_finding_drops_the_approval() -> None:
    new = replace(WORSE, run="vgg", runs=("vgg",))
    assert decide((*BOTH, new), [said()], "ann", HEAD).accepted == ()


@pytest.mark.parametrize(
    "same",
    [
        (LOST, WORSE),
        (replace(WORSE, message="in other words", tip="x", severity=Severity.WARNING), LOST),
    ],
)
def test_same_values_keep_the_approval(same: tuple[Finding, ...]) -> None:
    assert decide(same, [said()], "ann", "e" * 40).complete


def test_separators_in_names_do_not_make_two_findings_one() -> None:
    one = replace(WORSE, runs=("a", "b"))
    other = replace(WORSE, runs=("a\x1fb",))
    assert digest([one], "") != digest([replace(one, section="nightly', 'x")], "")
    assert digest([replace(WORSE, section="a", metric="b/c")], "") != digest(
        [replace(WORSE, section="a/b", metric="c")], ""
    )
    assert digest([one], "") == digest([replace(one, runs=("b", "a"))], "")
    assert digest([one], "") != digest([replace(other, runs=("a b",))], "")
    assert digest([one], "RESULTS.md") != digest([one], "docs/RESULTS.md")


STATEMENTS = st.lists(
    st.builds(
        said,
        st.sampled_from([APPROVE, "/revoke-metrics", f"{APPROVE} nightly/resnet", "hello", "/x"]),
        author=st.sampled_from(["rita", "bob", "ann"]),
        permission=st.sampled_from(["write", "read"]),
        edited=st.booleans(),
        at=st.sampled_from(["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"]),
    ),
    max_size=6,
).map(lambda found: [replace(one, id=index) for index, one in enumerate(found)])


@given(STATEMENTS, st.randoms())
def test_the_order_of_the_list_does_not_matter(statements: list[Statement], random: Random) -> None:
    shuffled = list(statements)
    random.shuffle(shuffled)
    assert decide(BOTH, statements, "ann", HEAD) == decide(BOTH, shuffled, "ann", HEAD)


@given(STATEMENTS)
def test_without_permission_nothing_is_accepted(statements: list[Statement]) -> None:
    readers = [replace(one, permission="read") for one in statements]
    assert decide(BOTH, readers, "ann", HEAD).accepted == ()


@given(st.text(max_size=300))
def test_any_text_is_read(body: str) -> None:
    found = commands(body, {"nightly/resnet"})
    assert mentions_command(body) == bool(found)
    assert decide(BOTH, [said(body)], "ann", HEAD).accepted == ()


def test_command_parts() -> None:
    (found,) = commands(f"{APPROVE} nightly/resnet - we changed the split", {"nightly/resnet"})
    assert (found.verb, found.place, found.reason) == (
        Verb.APPROVE,
        "nightly/resnet",
        "we changed the split",
    )


def test_no_more_than_twenty_commands_a_comment() -> None:
    body = "\n".join([*["/approve-metrics 0123456789ab"] * 20, APPROVE])
    assert accepted(said(body)) == set()
    assert accepted(said(body.removeprefix("/approve-metrics 0123456789ab\n"))) == ALL
