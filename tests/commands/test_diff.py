"""`diff`: what it prints beside the verdict itself."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import git, run_cli


def test_two_commits_with_a_stale_page_and_as_markdown(tmp_path: Path) -> None:
    metrics = tmp_path / "runs/a/metrics.json"
    metrics.parent.mkdir(parents=True)
    git(tmp_path, "init", "-q")
    for accuracy in ("0.9", "0.8"):
        metrics.write_text(f'{{"test_accuracy": {accuracy}, "num_samples": 10000}}', "utf-8")
        if accuracy == "0.9":
            run_cli(["refresh"], tmp_path)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", accuracy)
    done = run_cli(["diff", "HEAD~1", "HEAD"], tmp_path)
    assert done.out == "No value changed.\n"
    assert done.err.startswith("warning: RESULTS.md is stale in HEAD, whose artifacts give other")
    run_cli(["refresh"], tmp_path)
    git(tmp_path, "commit", "-aqm", "Refresh")
    done = run_cli(["diff", "HEAD~2", "HEAD", "--format", "md"], tmp_path)
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("### ❌ 1 finding waits for approval\n\n1 value worse · ")
    assert "- ❌ Test Accuracy of a is worse: 90.00% to 80.00% (-10.00 pp)" in done.out
    assert "| a | 80.00%<br><sub>🔴 ▼ -10.00 pp</sub> |" in done.out.replace("\u00a0", " ")
