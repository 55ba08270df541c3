"""Who may accept which findings, as one table and a few laws."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from results_bot.config import ApprovalsTable
from results_bot.judge.approvals import (
    Statement,
    commands,
    decide,
    digest,
)
from results_bot.model import Finding, Severity

HEAD = "f" * 40
USUAL = ApprovalsTable()
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


def accepted(
    *statements: Statement, policy: ApprovalsTable = USUAL, author: str = "Ann"
) -> set[str]:
    found = decide(BOTH, statements, author, HEAD, policy, {"carl"}, {"resnet", "my run", "vit"})
    assert len(found.accepted) + len(found.pending) == len(BOTH)
    return {finding.id for finding, _ in found.accepted}


ALL = {"metric-regressed", "metric-lost"}
REVIEW: dict[str, Any] = {"approves": True, "commit": HEAD}


@pytest.mark.parametrize(
    ("statement", "policy", "expected"),
    [
        (said(), USUAL, ALL),
        (said(f"/approve-metrics {DIGEST}"), USUAL, ALL),
        (said(f"/approve-metrics {DIGEST[:12]} on purpose"), USUAL, ALL),
        (said(f"/approve-metrics {DIGEST[:12].upper()}"), USUAL, ALL),
        (said(f"Fine.\n\n{APPROVE}\r\n"), USUAL, ALL),
        (said(f"{APPROVE} nightly/resnet\t\nThank you."), USUAL, {"metric-regressed"}),
        (said(f"{APPROVE}  \nThank you."), USUAL, ALL),
        (said(f"{APPROVE} only 3/4 of the data"), USUAL, ALL),
        (said(f"{APPROVE} \t nightly/resnet"), USUAL, {"metric-regressed"}),
        (said(permission="admin"), USUAL, ALL),
        (said(f"{APPROVE} nightly/resnet"), USUAL, {"metric-regressed"}),
        (said(f"{APPROVE} nightly/my run: known bug"), USUAL, set()),
        (said(f"{APPROVE} nightly/my run known bug"), USUAL, {"metric-lost"}),
        (said(f"{APPROVE} nightly/resnt"), USUAL, set()),
        (said(f"/approve-metrics {DIGEST[:11]}"), USUAL, set()),
        (said("/approve-metrics"), USUAL, set()),
        (said(f"/approve-metrics {'0' * 20}"), USUAL, set()),
        (said(f"/approve-metrics {DIGEST[:20]}0"), USUAL, set()),
        (said(f"> {APPROVE}"), USUAL, set()),
        (said(f"```\n{APPROVE}\n```"), USUAL, set()),
        (said(f"    {APPROVE}"), USUAL, set()),
        (said(f"<!--\n{APPROVE}\n-->"), USUAL, set()),
        (said(f"Looks good. <!--\n{APPROVE}\n--> Thanks."), USUAL, set()),
        (said(f"> What about this?\n{APPROVE}"), USUAL, set()),
        (said(f"- one\n\n  {APPROVE}"), USUAL, set()),
        (said(f"`a\n{APPROVE}\nb`"), USUAL, set()),
        (said(f"<details>\n\n{APPROVE}\n\n</details>"), USUAL, ALL),
        (said(f"{APPROVE} resnet"), USUAL, set()),
        (said(f"{APPROVE} vit: it is better now"), USUAL, set()),
        (said(f"{APPROVE} resnets are like that"), USUAL, ALL),
        (said(author="carl"), USUAL, set()),
        (said(author="carl"), ApprovalsTable(authors_may_approve=True), ALL),
        (said(f"please {APPROVE}"), USUAL, set()),
        (said(permission="read"), USUAL, set()),
        (said(permission="triage"), USUAL, set()),
        (said(permission="none"), USUAL, set()),
        (said(bot=True), USUAL, set()),
        (said(edited=True), USUAL, set()),
        (said(author="ann"), USUAL, set()),
        (said(author="ANN"), USUAL, set()),
        (said(author="ann"), ApprovalsTable(authors_may_approve=True), ALL),
        (said(author="rita"), ApprovalsTable(approvers=("Rita",)), ALL),
        (said(author="rita"), ApprovalsTable(approvers=("bob",)), set()),
        (said(**REVIEW), USUAL, ALL),
        (said("", **REVIEW), USUAL, set()),
        (said("", **REVIEW), ApprovalsTable(reviews_count=True), ALL),
        (said("", **REVIEW | {"commit": "e" * 40}), ApprovalsTable(reviews_count=True), set()),
        (said("", **REVIEW | {"approves": False}), ApprovalsTable(reviews_count=True), set()),
        (said("", **REVIEW, permission="read"), ApprovalsTable(reviews_count=True), set()),
        (said("", **REVIEW, author="ann"), ApprovalsTable(reviews_count=True), set()),
    ],
)  # fmt: skip
def test_one_statement(statement: Statement, policy: ApprovalsTable, expected: set[str]) -> None:
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
        (said(f"{APPROVE}\u00a0nightly/resnet"), "this digest is not that of the findings now; "
         "the values have changed"),
        (said(f"{APPROVE} nightly/resnt"), "nothing that waits is called nightly/resnt; "
         "what waits is nightly/my run and nightly/resnet"),
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


def test_a_review_accepts_all_without_a_reason() -> None:
    policy, review = ApprovalsTable(reviews_count=True), said("", **REVIEW)
    found = decide(BOTH, [review], "ann", HEAD, policy)
    assert [one.reason for _, one in found.accepted] == ["", ""]
    # Where no review counts, nor does one of a commit that is gone.
    assert not decide(BOTH, [replace(review, commit="")], "ann", "", policy).accepted


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


@pytest.mark.parametrize("reason", ["", " too early", " too\u00a0early", "\ttoo\u3000early"])
def test_revoking_takes_back_what_was_said_before(reason: str) -> None:
    later = {"at": "2026-01-03T00:00:00Z", "id": 2}
    revoke = said(f"/revoke-metrics{reason}", author="bob", **later)
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


@pytest.mark.parametrize("author", ["ann", "bob"])
def test_the_author_and_others_than_approvers_may_take_back(author: str) -> None:
    revoke = said("/revoke-metrics", author=author, at="2026-01-03T00:00:00Z")
    assert accepted(said(), revoke, policy=ApprovalsTable(approvers=("rita",))) == set()


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
        replace(WORSE, bound=("0.9101", "")),
        replace(WORSE, bound=("", "0.8799")),
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


def test_another_version_gives_the_same_digest() -> None:
    """So that an upgrade drops no approval of an open pull request."""
    assert digest(BOTH, "RESULTS.md").startswith("e6f2d7c10906678de751")
    two = replace(WORSE, runs=("a", "b"), metric=None, bound=("0.9101", "0.8799"))
    assert digest([two], "RESULTS.md").startswith("22653f1648648c87633d")


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
    assert decide(BOTH, [said(body)], "ann", HEAD).accepted == ()


@pytest.mark.parametrize(
    "place", ["nightly/resnet", "nightly/resnet x", "nightly/[*a*](b) &amp; \\_", "nightly"]
)
def test_command_parts(place: str) -> None:
    (found,) = commands(f"{APPROVE} {place} - we changed the split", {"nightly/resnet", place})
    assert (found.revokes, found.place, found.reason) == (False, place, "we changed the split")
    assert commands(APPROVE, {place})[0].reason == ""


def test_a_finding_on_a_section_is_named_by_it() -> None:
    whole = replace(LOST, run="", runs=())
    body = f"/approve-metrics {digest([whole], '')} nightly by design"
    found = decide([whole], [said(body)], "ann", HEAD)
    assert [one.reason for _, one in found.accepted] == ["by design"]


def test_no_more_than_twenty_commands_a_comment() -> None:
    body = "\n".join([*["/approve-metrics 0123456789ab"] * 20, APPROVE])
    assert accepted(said(body)) == set()
    assert accepted(said(body.removeprefix("/approve-metrics 0123456789ab\n"))) == ALL
