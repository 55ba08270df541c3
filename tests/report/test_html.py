"""The report page without a browser: its bytes, size, charts and escapes."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import altair
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from results_bot.collect.file import File, Listed
from results_bot.collect.readers import read
from results_bot.collect.steps import curves, thinned
from results_bot.commands.report import library
from results_bot.example import FINISHED, write_run
from results_bot.model import Run
from results_bot.report.html import page as report_page
from results_bot.report.html.charts import ReportData
from results_bot.report.html.page import safe_json, sentences
from results_bot.workspace import Workspace

from tests.browser import material
from tests.conftest import Done, commit_all, run_cli, train

KINDS = {"tradeoff", "parallel-nightly", "curve-val_loss", "history-nightly"}


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    parsed: dict[str, Any] = json.loads(found[1])
    return parsed


def without_scripts(page: str) -> str:
    return re.sub(r"<script[^>]*>.*?</script>", "", page, flags=re.DOTALL)


def test_same_values_same_bytes() -> None:
    assert material.page(material.usual()) == material.page(material.usual())


@pytest.mark.parametrize("story", [material.usual(), material.hostile()], ids=["usual", "hostile"])
def test_altair_accepts_every_chart(story: ReportData) -> None:
    charts = data_of(material.page(story))["charts"]
    assert set(charts) == KINDS
    for spec in charts.values():
        assert isinstance(spec, dict)
        altair.Chart.from_dict(spec, validate=True)


def test_seeds_have_error_bars_and_are_counted_once() -> None:
    data = data_of(material.page(material.usual()))
    tradeoff, (table,) = data["charts"]["tradeoff"], data["tables"]
    (mean,) = (one for one in tradeoff["data"]["values"] if "y_low" in one)
    assert (mean["run"], mean["y_low"], mean["y_high"]) == ("run-3", 0.329, 0.331)
    assert [one["mark"]["type"] for one in tradeoff["layer"]].count("rule") == 3
    assert "0.3300 ± 0.0010" in table["cols"][0]
    assert table["seeds"] == 3


def test_nan_is_not_sorted_by_and_infinity_is() -> None:
    losses = {"a": 0.3, "b": 0.31, "c": float("inf"), "d": float("nan")}
    rows = tuple(material.row(name, loss, 0.9) for name, loss in losses.items())
    (table,) = data_of(material.page(material.story(rows, rows)))["tables"]
    assert table["numbers"][0] == [0.3, 0.31, sys.float_info.max, None]


def test_a_legend_has_no_kind_that_is_not_there() -> None:
    story = material.usual()
    history = [replace(point, approved_by=()) for point in story.history]
    drawn = data_of(material.page(replace(story, history=history)))["charts"]["history-nightly"]
    fills = [one["encoding"]["fill"] for one in drawn["layer"] if "fill" in one["encoding"]]
    assert [one["scale"]["domain"] for one in fills] == [["Commit"]]


def test_a_thousand_runs_stay_under_three_megabytes() -> None:
    assert len(material.page(material.large(1000)).encode()) < 3_000_000


def test_no_address_is_one_that_a_browser_would_ask() -> None:
    page = material.page(material.usual())
    own = without_scripts(page)
    assert not re.search(r'(?:src|href)="(?!#)', own)
    assert "url(" not in own


def test_hostile_names_are_never_markup() -> None:
    page = material.page(material.hostile())
    assert "<img" not in without_scripts(page)
    assert page.count("</script>") == page.count("<script")


@given(st.text() | st.lists(st.text()) | st.dictionaries(st.text(), st.floats()))
def test_json_ends_no_script(value: object) -> None:
    text = safe_json(value)
    assert not set("<>&\u2028\u2029") & set(text)
    json.loads(text)


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("**Best**: `a<b`", "<strong>Best</strong>: <code>a&lt;b</code>"),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("[x](javascript:alert(1)) ![](http://x)", "[x](javascript:alert(1)) ![](http://x)"),
    ],
)
def test_sentences_are_words_bold_and_code(markdown: str, html: str) -> None:
    assert str(sentences(markdown)) == html


def log(text: str, name: str = "log.csv") -> File:
    data = text.encode()
    return File(Listed(f"runs/a/{name}", len(data), lambda: data), 1_000_000)


def test_curves_come_from_step_logs_only() -> None:
    run = Run("runs/a", "a")
    text = "epoch,val_loss,lr\n" + "".join(f"{n},{1 / (n + 1)},0.1\n" for n in range(5))
    found = curves(
        run, [log(text), log('{"val_loss": 0.2}', "m.json"), log("{", "broken.json")], read
    )
    assert set(found) == {"val_loss"}
    assert found["val_loss"][0] == (0, 1.0)
    assert len(found["val_loss"]) == 5


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=2000))
def test_thinning_keeps_ends_and_extremes(values: list[float]) -> None:
    curve = tuple(enumerate(values))
    thin = thinned(curve, 100)
    assert len(thin) <= max(100, 0) or len(curve) <= 100
    assert (thin[0], thin[-1]) == (curve[0], curve[-1])
    assert min(v for _, v in thin) == min(values)
    assert max(v for _, v in thin) == max(values)
    assert list(thin) == sorted(thin)


def test_the_command_writes_the_page_and_says_the_verdict(example: Path, tmp_path: Path) -> None:
    run_cli(["init", "--no-hook"], example)
    run_cli(["refresh"], example)
    commit_all(example, "Take over")
    file = tmp_path / "report.html"
    done = run_cli(["report", "--html", str(file)], example)
    assert done == Done(0, done.out, "")
    assert "No metric changed" in done.out
    charts = data_of(file.read_text("utf-8"))["charts"]
    assert "curve-val_loss" in charts
    first = file.read_bytes()
    run_cli(["report", "--html", str(file)], example)
    assert file.read_bytes() == first


def test_outside_of_git_it_still_shows_what_is_there(tmp_path: Path) -> None:
    train(tmp_path / "plain", val_loss=0.3)
    done = run_cli(["report", "--html", "out.html"], tmp_path / "plain")
    assert (done.code, done.err) == (0, "")
    assert "Nothing to compare with yet" in (tmp_path / "plain" / "out.html").read_text("utf-8")


def test_a_section_that_hides_the_first_metric_may_hold_its_best_run(tmp_path: Path) -> None:
    for section, loss in (("one", 0.8), ("two", 0.3)):
        for at in range(4):
            values = {"test_loss": loss + at / 4, "test_accuracy": 0.9 + at / 100}
            train(tmp_path, f"{section}/r{at}", num_samples=500, **values)
    (tmp_path / "results-bot.toml").write_text(
        '[[sections]]\nid = "one"\nruns = ["experiments/one/*"]\nsort = "test_loss"\n'
        '[[sections]]\nid = "two"\nruns = ["experiments/two/*"]\nhide = ["test_loss"]\n',
        "utf-8",
    )
    assert run_cli(["report", "--html", "out.html"], tmp_path).code == 0
    data = data_of((tmp_path / "out.html").read_text("utf-8"))
    points = data["charts"]["tradeoff"]["data"]["values"]
    assert {(one["x"], one["y"]) for one in points} >= {(0.9, 0.3), (0.93, 1.05)}


def test_without_the_extra_one_line_says_what_to_install(
    example: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    done = run_cli(["report", "--html", "out.html"], example)
    assert done.code == 2
    assert "pip install 'results-bot[charts]'" in done.line
    assert not (example / "out.html").exists()


def test_approvals_in_a_file_count_as_in_diff(example: Path, tmp_path: Path) -> None:
    run_cli(["init", "--no-hook"], example)
    run_cli(["refresh"], example)
    commit_all(example, "Take over")
    combo = next(one for one in FINISHED if one.name == "combo_6_balanced")
    write_run(example, replace(combo, test_kl=0.5, test_loss=1.1))
    report = ["report", "HEAD", "--html", str(tmp_path / "report.html")]
    assert run_cli(report, example).code == 1
    page = (tmp_path / "report.html").read_text("utf-8")
    command = re.search(r"<code>(/approve-metrics [0-9a-f]{20})</code>", page)
    assert command is not None
    assert command[1] in run_cli(["approve", "HEAD"], example).out
    said = tmp_path / "said.txt"
    said.write_text(f"{command[1]}\n/approve-metrics {'0' * 12}\n", "utf-8")
    done = run_cli([*report, "--approved", str(said)], example)
    assert (done.code, "not approved: /approve-metrics 000000000000" in done.err) == (0, True)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<h3>Approved" in page
    assert "Waiting for approval" not in page


def test_the_library_is_made_once(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace.find(example)
    first = library(workspace)
    with monkeypatch.context() as gone:
        gone.setattr(report_page, "charts_library", lambda: pytest.fail("made again"))
        assert library(workspace) == first
    kept = next(workspace.private.glob("charts-*.js"))
    kept.write_bytes(kept.read_bytes().replace(b"vega", b"evil"))
    monkeypatch.setattr(report_page, "charts_library", lambda: "anew")
    assert library(workspace) == "anew"
