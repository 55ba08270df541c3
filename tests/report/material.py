"""Reviews to render: the project's own example, a thousand-fold one, and a hostile one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from results_bot.evaluate import evaluate
from results_bot.judge.approvals import Approvals
from results_bot.model import (
    Change,
    ChangeKind,
    Direction,
    Evidence,
    EvidenceKind,
    Finding,
    Metric,
    Row,
    Severity,
    Value,
    Verdict,
)
from results_bot.page.facts import Facts
from results_bot.page.section import Section, Summary
from results_bot.page.takeaways import takeaways
from results_bot.report.review import Provenance, Review
from results_bot.workspace import Workspace

from tests.conftest import run_cli

NOW = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
DIGEST = "4f9a2c7be1d03865"
PROVENANCE = Provenance(
    project="results",
    base="1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
    head="9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c",
    artifacts=180,
    page="RESULTS_SUMMARY.md",
    repository_url="https://github.com/acme/calibration",
    page_url="https://github.com/acme/calibration/blob/9f8e7d6/RESULTS_SUMMARY.md",
    run_url="https://github.com/acme/calibration/actions/runs/77",
    report_url="https://github.com/acme/calibration/actions/runs/77/artifacts/9",
    run_id=77,
    version="0.1.0",
    bot_url="https://github.com/acme/results-bot",
)
KL = Metric("test_kl", "Test KL", Direction.LOWER, ".4f")
TOP = Metric("test_top1", "Test Top-1", Direction.HIGHER, ".2%")
EVIDENCE = Evidence(EvidenceKind.PAIRED, "paired bootstrap", 0.0001, 0.0002, (0.01, 0.02), 1484)
TIP = "Compare the run's settings and log with those of the former training."


@cache
def example() -> tuple[Review, str]:
    """Return the example's pull request and its refreshed page."""
    with TemporaryDirectory() as folder:
        run_cli(["demo", "--keep", str(Path(folder) / "example")], Path(folder))
        workspace = Workspace.find(Path(folder) / "example")
        assert workspace.repo is not None
        base = workspace.repo.commit("HEAD~1")
        found = evaluate(workspace, NOW, base)
        review = Review(
            found.verdict,
            found.case.base,
            found.case.head,
            PROVENANCE,
            Approvals(DIGEST),
            takeaways=tuple(takeaways(Facts(found.case.head))),
        )
        return review, found.fresh.text


def value(number: float, metric: Metric = KL) -> Value:
    text = f"{number:.4f}" if metric is KL else f"{number:.2%}"
    return Value(text, number, exact=True)


def regression(change: Change) -> Finding:
    assert change.metric
    assert change.before
    assert change.after
    return Finding(
        "metric-regressed",
        Severity.FAILURE,
        change.section,
        f"{change.metric.title} of {change.run} is worse: "
        f"{change.before.text} to {change.after.text}",
        change.run,
        change.metric.key,
        change.before.text,
        change.after.text,
        EVIDENCE,
        TIP,
        (change.run or "",),
    )


def moved(
    names: Sequence[str],
    findings: int = 0,
    title: str = "Nightly",
    approvals: Approvals | None = None,
    also: Sequence[Finding] = (),
) -> Review:
    """Return a review in which every run moved; the first ones are regressions."""
    before = [Row(name, {"test_kl": value(0.3), "test_top1": value(0.5, TOP)}) for name in names]
    steps = [0.31 + at / 10_000 if at < findings else 0.3001 for at in range(len(names))]
    after = [
        Row(name, {"test_kl": value(step), "test_top1": value(0.5, TOP)})
        for name, step in zip(names, steps, strict=True)
    ]
    changes = tuple(
        Change(
            ChangeKind.VALUE_CHANGED,
            "nightly",
            old.run,
            KL,
            old.values["test_kl"],
            new.values["test_kl"],
        )
        for old, new in zip(before, after, strict=True)
    )
    found = (*map(regression, changes[:findings]), *also)
    return Review(
        Verdict(found, changes, 2 * len(names)),
        Summary((Section("nightly", title, (KL, TOP), tuple(before), sort="test_kl"),)),
        Summary((Section("nightly", title, (KL, TOP), tuple(after), sort="test_kl"),)),
        PROVENANCE,
        Approvals(DIGEST) if approvals is None else approvals,
    )
