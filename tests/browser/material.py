"""Stories to render: the example, one with everything that a page can show, and a large one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import structs
from results_bot.judge.verdict import reach
from results_bot.model import Direction, Kind, Metric, Reading, Row, Run, Value
from results_bot.page.facts import Facts
from results_bot.page.section import Section, Summary
from results_bot.page.takeaways import takeaways
from results_bot.report.history import Point
from results_bot.report.html.charts import DrawnRun, ReportData, runs_to_draw
from results_bot.report.html.page import charts_library, render
from results_bot.report.review import Provenance, Review

from tests.judge.build import case

LOSS = Metric("val_loss", "Val Loss", Direction.LOWER, ".4f")
ACC = Metric("test_accuracy", "Test Accuracy", Direction.HIGHER, ".2%")
F1 = Metric("f1", "F1", Direction.HIGHER, ".3f")
STEPS = Metric("steps", "Steps", Direction.UNKNOWN, ",d")
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "<!--<script>",
    "line\u2028break\u2029 and \u202eoverride",
    "javascript:alert(3)",
    "${alert(4)} {{ 7*7 }} {% raw %}",
    "@accent",
    "constructor",
    "__proto__",
)
_bundle: list[str] = []


def page(story: ReportData) -> str:
    """Render with the library made once; that takes longer than all the rest."""
    if not _bundle:
        _bundle.append(charts_library())
    return render(story, _bundle[0])


def value(number: float, metric: Metric) -> Value:
    return Value(format(number, metric.format), number)


def row(name: str, loss: float, accuracy: float, steps: int = 1000) -> Row:
    found = {LOSS.key: value(loss, LOSS), ACC.key: value(accuracy, ACC)}
    return Row(name, {**found, STEPS.key: Value(f"{steps:,}", steps)}, path=f"runs/{name}")


def section(rows: tuple[Row, ...], title: str = "Nightly") -> Section:
    shown = [metric for metric in (LOSS, ACC, F1, STEPS) if metric.key in rows[0].values]
    return Section("nightly", title, tuple(shown), rows, sort=LOSS.key)


def run_of(name: str, at: int) -> Run:
    reading = Reading("val_loss", 0.3, f"runs/{name}/log.csv", Kind.LAST)
    params: Mapping[str, float | str] = {
        "lr": 0.1 / 10 ** (at % 4),
        "optimiser": ("adam", "sgd")[at % 2],
    }
    return Run(f"runs/{name}", name, {"val_loss": reading}, params)


def story(
    base: tuple[Row, ...], head: tuple[Row, ...], *, title: str = "Nightly", live: bool = False
) -> ReportData:
    """Return a story of two pages of one section, with curves, predictions and a history."""
    after = Summary((section(head, title),))
    runs = {("nightly", one.run): run_of(one.run, at) for at, one in enumerate(head)}
    before = Summary((section(base, title),))
    judged = case(before, after.with_runs(runs))
    verdict = reach(judged)
    review = Review(
        verdict,
        before,
        after,
        Provenance("results", "1a2b3c4d" * 5, "", version="0.1.0"),
        takeaways=tuple(takeaways(Facts(judged.head))),
    )
    curve = tuple((step, 1 / (step + 1)) for step in range(20))
    drawn = [
        DrawnRun(
            member,
            {"val_loss": curve},
            {"cat": 60} if at == 0 else {"cat": 30, "dog": 30},
            {"cat": 20, "dog": 40},
        )
        for at, member in enumerate(runs_to_draw(judged, review))
    ]
    history = [
        Point("nightly", LOSS, "run-1", value((0.4 if at < 7 else 0.3) + at % 3 / 90, LOSS),
              f"{at:040d}", f"2026-03-{at + 1:02d}T10:00:00+00:00", "Train on",
              ("ada",) if at == 2 else ())
        for at in range(14)
    ]  # fmt: skip
    return ReportData("acme", "main (1a2b3c4d)", "work tree", review, judged, drawn, history, live)


def usual(live: bool = False) -> ReportData:
    """Twelve runs: one worse, one better, one new, one gone, one with three seeds."""
    base = [row(f"run-{at}", 0.30 + at / 100, 0.90 - at / 100, 1000 * at) for at in range(12)]
    head = [one for one in base if one.run != "run-9"]
    head[1] = row("run-1", 0.51, 0.70, 1000)
    head[2] = row("run-2", 0.22, 0.95, 2000)
    seeds = tuple(row(f"run-3-seed{seed}", 0.33 + seed / 1000, 0.87) for seed in range(3))
    three = head[3]
    mean = {LOSS.key: Value("0.3300 ± 0.0010 (n = 3)", 0.33, 0.001, 3)}
    base[3] = head[3] = Row(three.run, {**three.values, **mean}, three.path, seeds)
    head.append(row("fresh", 0.25, 0.96, 10))
    return story(
        tuple(base),
        tuple(sorted(head, key=lambda one: one.values["val_loss"].number or 0)),
        live=live,
    )


def three() -> ReportData:
    """Runs that trade a loss against two other metrics."""
    rows = []
    for at in range(9):
        one = row(f"run-{at}-with-a-name", 0.3 + at / 50, 0.9 + at % 4 / 50)
        rows.append(
            structs.replace(one, values={**one.values, F1.key: value(0.5 + at % 5 / 20, F1)})
        )
    return story(tuple(rows), tuple(rows))


def hostile() -> ReportData:
    """Runs, a section and curves that are called what nobody should be called."""
    base = tuple(row(name, 0.3 + at / 100, 0.9 - at / 100) for at, name in enumerate(HOSTILE))
    head = tuple(row(name, 0.5 + at / 50, 0.7 + at / 100) for at, name in enumerate(HOSTILE))
    return story(base, head, title=HOSTILE[0])


def large(size: int) -> ReportData:
    """A page of `size` runs of which every hundredth changed."""
    base = tuple(row(f"run-{at:05d}", 0.3 + at / size, 0.9 - at % 97 / 300) for at in range(size))
    head = tuple(
        row(one.run, 0.29 + at / size, 0.9 - at % 97 / 300) if at % 100 == 0 else one
        for at, one in enumerate(base)
    )
    return story(base, head)


def write(folder: Path, shown: ReportData) -> str:
    path = folder / "report.html"
    path.write_text(page(shown), "utf-8")
    return path.as_uri()
