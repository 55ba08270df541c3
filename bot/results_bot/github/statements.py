"""What was said about approvals on a pull request, by whom, and what they may do.

All comments and reviews that hold a command, each author's permission asked of GitHub once; what
counts is decided in `judge.approvals`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from results_bot.github.comments import Comment
from results_bot.github.hub import Hub
from results_bot.github.pulls import Review
from results_bot.judge.approvals import Source, Statement, Verb, commands, mentions_command

_DISMISSED = "DISMISSED"
_APPROVED = "APPROVED"
NOBODY = "ghost"
"""Whom GitHub names where an account is gone."""


def gather(hub: Hub, number: int) -> tuple[Statement, ...]:
    """Return all statements on a pull request. Raises GitHubError."""

    @cache
    def permission(login: str) -> str:
        return "none" if login == NOBODY else hub.people.permission(login).name.lower()

    comments = hub.comments.of(number)
    reviews = hub.pulls.reviews(number)
    return (*_of_comments(comments, permission), *_of_reviews(reviews, permission))


def _of_comments(
    comments: tuple[Comment, ...], permission: Callable[[str], str]
) -> Iterator[Statement]:
    for one in comments:
        if not one.mine and mentions_command(one.body):
            yield Statement(
                id=one.id,
                author=one.author,
                at=one.created_at,
                body=one.body,
                # A bot is refused whatever it may do.
                permission="none" if one.is_bot else permission(one.author.lower()),
                bot=one.is_bot,
                edited=one.edited,
                url=one.url,
            )


def _of_reviews(
    reviews: tuple[Review, ...], permission: Callable[[str], str]
) -> Iterator[Statement]:
    for one in reviews:
        body = _still_said(one)
        approves = one.state == _APPROVED
        if approves or mentions_command(body):
            yield Statement(
                id=one.id,
                author=one.author,
                at=one.submitted_at,
                body=body,
                permission="none" if one.is_bot else permission(one.author.lower()),
                bot=one.is_bot,
                edited=one.edited,
                source=Source.REVIEW,
                approves=approves,
                commit=one.commit or "",
                url=one.url,
            )


def _still_said(review: Review) -> str:
    """Return what a review says; of a dismissed one only what it took back.

    Otherwise whoever dismisses a review could bring an approval back that it had revoked.
    """
    if review.state != _DISMISSED:
        return review.body
    revoked = (one.text for one in commands(review.body, ()) if one.verb is Verb.REVOKE)
    return "\n".join(revoked)
