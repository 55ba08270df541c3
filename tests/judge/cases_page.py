"""Cases of the rules about the page, its rows, the configuration and the test set."""

from __future__ import annotations

from msgspec import structs
from msgspec.structs import replace
from results_bot.judge.rule import Case
from results_bot.model import Severity
from results_bot.page.section import Summary

from tests.judge.build import as_page, case, edited, material, predictions
from tests.judge.rule_case import Fires, Quiet

BASE = {"main": {"a": {"test_loss": 0.5}, "b": {"test_loss": 0.6}}}
CHANGED = {"main": {"a": {"test_loss": 0.7}, "b": {"test_loss": 0.6}}}
PAGE = as_page(material(BASE))


CHANGED_B = {"main": {**BASE["main"], "b": {"test_loss": 0.9}}}


def on_page(texts: dict[str, str], after: object = BASE) -> Case:
    """Return the case of a committed page with these losses written by hand."""
    page = edited(PAGE, {run: {"test_loss": text} for run, text in texts.items()})
    return case(BASE, after, page=page)  # type: ignore[arg-type]


def from_nowhere(*runs: str, artifacts: bool = False) -> Case:
    """Return the case of a page with rows that the base does not have."""
    rows = {**BASE["main"], **{run: {"test_loss": 0.1} for run in runs}}
    head = material({"main": rows})
    if not artifacts:
        kept = {place: run for place, run in head.runs.items() if place[1] not in runs}
        sections = (
            replace(
                one,
                rows=tuple(structs.replace(r, path=None) if r.run in runs else r for r in one.rows),
            )
            for one in head.sections
        )
        head = Summary(tuple(sections)).with_runs(kept)
    return case(BASE, head, page=as_page(head))


def by_hand(run: str, loss: float) -> Case:
    """Return the case of another value in a row that no artifact is here for."""
    base = from_nowhere(run).head
    head = edited(base, {run: {"test_loss": f"{loss:.4f}"}}).with_runs(base.runs)
    return case(base, head, page=as_page(head))


def stopped(
    unfinished: list[str], before: list[str] | None = None, gone: tuple[str, ...] = ()
) -> Case:
    rows = {run: values for run, values in BASE["main"].items() if run not in gone}
    return case(
        material(BASE, unfinished=before or []), material({"main": rows}, unfinished=unfinished)
    )


def epochs(*counts: int) -> Case:
    rows = {f"r{i}": {"test_loss": 0.5 + i, "total_epochs": n} for i, n in enumerate(counts)}
    return case({"main": {}}, {"main": rows})


def rows(*names: str) -> dict[str, dict[str, dict[str, float]]]:
    return {"main": {name: {"test_loss": 0.5} for name in names}}


def renamed(name: str) -> dict[str, dict[str, dict[str, float]]]:
    return {"main": {name: {"test_loss": 0.5123, "test_f1": 0.7654}}}


def settings(before: str, after: str, metrics: tuple[str, ...] = ("test_loss",)) -> Case:
    same = {"main": {"a": dict.fromkeys(metrics, 0.5)}, "other": {"a": dict.fromkeys(metrics, 0.5)}}
    return case(same, same, after, old_settings=before)


def samples(before: int | None, after: int | None, value: float = 0.8) -> Case:
    def run(value: float, count: int | None) -> dict[str, float]:
        return {"test_accuracy": value} | ({"test_num_samples": count} if count else {})

    return case({"main": {"a": run(0.7, before)}}, {"main": {"a": run(value, after)}})


def two_fewer() -> Case:
    """Return the case of two runs measured on fewer samples, and one as before."""

    def side(count: int, loss: float) -> dict[str, dict[str, dict[str, float]]]:
        fewer = {"test_loss": loss, "test_num_samples": count}
        same = {"test_loss": loss, "test_num_samples": 90}
        return {"main": {"a": fewer, "b": fewer, "c": same, "d": same, "e": same}}

    return case(side(100, 0.5), side(90, 0.6))


def measured(before: list[int], after: list[int], *keys: list[int]) -> Case:
    """Return the case of one run with these targets, and keys, on either side."""
    sides = [
        material(
            {"main": {"a": {"test_accuracy": value}}},
            samples={"a": predictions([0] * len(target), target, keys[side] if keys else None)},
        )
        for side, (value, target) in enumerate(((0.5, before), (0.6, after)))
    ]
    return case(sides[0], sides[1])


def counts(**by_run: int) -> Case:
    rows = {run: {"test_loss": 0.5, "test_num_samples": n} for run, n in by_run.items()}
    return case({"main": {}}, {"main": rows})


TIGHT = "[tolerance]\nrelative = 0.01"
WIDE = "[tolerance]\nrelative = 0.05"
TURNED = '[metrics.test_loss]\ndirection = "higher"'
FOLDERS = '[[sections]]\nid = "main"\nruns = ["runs/*"]\n'
DATA_SETS = {
    "main": {f"m{i}": {"test_loss": 0.5, "test_num_samples": 10_000} for i in range(5)},
    "other": {f"o{i}": {"test_loss": 0.5, "test_num_samples": 26_032} for i in range(2)},
}

FIRES = [
    Fires("hand-edited", "a nicer number", on_page({"a": "0.4000"}),
          "Test Loss of a was edited to 0.4000; the artifact says 0.5000", ("a",), "main", None,
          "0.5000", "0.4000", "test_loss"),
    Fires("hand-edited", "a text", on_page({"a": "great"}),
          "Test Loss of a was edited to great; the artifact says 0.5000", ("a",), "main", None,
          "0.5000", "great", "test_loss"),
    Fires("hand-edited", "rows from nowhere", from_nowhere("c", "d"),
          "New on the page without any artifact here: c and d", ("c", "d"), "main",
          Severity.WARNING),
    Fires("hand-edited", "a value without an artifact", by_hand("c", 0.2),
          "Changed on the page without any artifact here: c", ("c",), "main", Severity.NOTICE),
    Fires("summary-stale", "one value", case(BASE, CHANGED, page=PAGE),
          "The committed page is stale: 1 entry in 1 section", section=""),
    Fires("summary-stale", "a run more and a value", case(
        BASE, {"main": {**CHANGED["main"], "c": {"test_loss": 0.1}}}, page=PAGE),
          "The committed page is stale: 2 entries in 1 section", section=""),
    Fires("summary-stale", "an edited cell, and another", on_page({"a": "0.4"}, CHANGED_B),
          "The committed page is stale: 2 entries in 1 section", section=""),
    Fires("row-removed", "one", case(rows("a", "b"), rows("a")), "1 run left the page: b", ("b",)),
    Fires("row-removed", "many are counted", case(rows(*"abcdefghi"), rows("a")),
          "8 runs left the page: b, c, d, e, f and 3 more", tuple("bcdefghi")),
    Fires("row-removed", "renamed, perhaps", case(rows("a", "b", "c"), rows("a", "d", "e")),
          "2 runs left the page: b and c; renamed, perhaps, to one of d and e", ("b", "c"),
          severity=Severity.FAILURE),
    Fires("run-unfinished", "new", stopped(["c"]), "1 run has no final metrics: c", ("c",)),
    Fires("run-unfinished", "several", stopped(["c", "d"]), "2 runs have no final metrics: c and d",
          ("c", "d")),
    Fires("run-unfinished", "it was finished", stopped(["b"], gone=("b",)),
          "b had final metrics and has none now", ("b",), severity=Severity.FAILURE),
    Fires("run-unfinished", "stopped early", epochs(30, 30, 30, 14),
          "r3 has 14 epochs where most of its section have 30", ("r3",),
          severity=Severity.NOTICE, after="14", metric="total_epochs"),
    Fires("tolerance-loosened", "for all metrics, said once", settings(TIGHT, WIDE),
          "Tolerance of Test Loss raised from 1% to 5%", section="", before="1%", after="5%",
          metric="test_loss"),
    Fires("tolerance-loosened", "for two metrics", settings(TIGHT, WIDE, ("test_loss", "test_f1")),
          "Tolerance of Test Loss and Test F1 raised from 1% to 5%", section="", before="1%",
          after="5%", metric="test_loss, test_f1"),
    Fires("tolerance-loosened", "the default set, which then counts where it did not",
          settings("", TIGHT), "Tolerance of Test Loss raised from 0% to 1% where noise is tested",
          section="", before="0%", after="1%", metric="test_loss"),
    Fires("tolerance-loosened", "in one section", settings(
        "", FOLDERS + "tolerance = { test_loss = { relative = 0.01, absolute = 0.1 } }"),
          "Tolerance of Test Loss raised from 1% to 1% and 0.1", before="1%",
          after="1% and 0.1", metric="test_loss"),
    Fires("tolerance-loosened", "absolute for relative, and more at these values",
          settings("", "tolerance = { absolute = 0.01 }"),
          "Tolerance of Test Loss raised from 1% to 0.01; at 0.5, from 0.005 to 0.01", section="",
          before="1%", after="0.01", metric="test_loss"),
    Fires("tolerance-loosened", "relative for absolute, and more at these values",
          settings("tolerance = { absolute = 0.001 }", "tolerance = { relative = 0.01 }"),
          "Tolerance of Test Loss raised from 0.001 to 1%; at 0.5, from 0.001 to 0.005",
          section="", before="0.001", after="1%", metric="test_loss"),
    Fires("tolerance-loosened", "a direction turned", settings("", TURNED),
          "Direction of Test Loss changed from lower to higher", section="", before="lower",
          after="higher", metric="test_loss"),
    Fires("tolerance-loosened", "a rule off", settings("", "[rules]\nnot-finite = false"),
          "Rule not-finite switched off; it was failure", section="",
          before="not-finite = failure", after="not-finite = off"),
    Fires("tolerance-loosened", "a rule lowered", settings(
        '[rules]\nrow-removed = "failure"', "[rules]\nrow-removed = true"),
          "Rule row-removed lowered from failure to notice", section="",
          before="row-removed = failure", after="row-removed = notice"),
    Fires("tolerance-loosened", "itself switched off", settings(
        "", "[rules]\ntolerance-loosened = false"),
          "Rule tolerance-loosened switched off; it was failure", section="",
          before="tolerance-loosened = failure", after="tolerance-loosened = off"),
    Fires("tolerance-loosened", "another page", settings('page = "A.md"', 'page = "B.md"'),
          "Page changed from A.md to B.md", section="", before="A.md", after="B.md"),
    Fires("tolerance-loosened", "runs no longer read", settings(
        FOLDERS, FOLDERS.replace("runs/*", "runs/good*")),
          "Section main no longer reads runs/*", before="runs/*", after="runs/good*"),
    Fires("tolerance-loosened", "one folder of several", settings(
        FOLDERS.replace("runs/*", "runs/**"), FOLDERS),
          "Section main no longer reads runs/**", before="runs/**", after="runs/*"),
    Fires("tolerance-loosened", "fewer digits", settings(
        "", '[metrics.test_loss]\nformat = ".1f"'),
          "Format of Test Loss changed from chosen by the values to .1f", section="",
          before="chosen by the values", after=".1f", metric="test_loss"),
    Fires("tolerance-loosened", "read from nowhere", settings(
        "", "[metrics.test_loss]\nsources = []"),
          "Sources of Test Loss changed from test_loss to none", section="",
          before="test_loss", after="none", metric="test_loss"),
    Fires("test-set-changed", "fewer samples", samples(1484, 46),
          "a was measured on another test set: 1,484 samples before, 46 now", ("a",),
          before="1,484", after="46"),
    Fires("test-set-changed", "two in one sentence", two_fewer(),
          "a and b were measured on another test set: 100 samples before, 90 now", ("a", "b"),
          before="100", after="90"),
    Fires("test-set-changed", "other targets", measured([0, 1, 0, 1], [0, 1, 1, 1]),
          "a was measured on another test set: other samples", ("a",), before="unknown",
          after="unknown"),
    Fires("test-set-changed", "other keys", measured([0, 1], [0, 1], [1, 2], [1, 3]),
          "a was measured on another test set: other samples", ("a",), before="unknown",
          after="unknown"),
    Fires("test-set-changed", "one of the section", counts(a=1484, b=1484, c=1484, d=46),
          "d: measured on 46 samples, the rest on 1,484; they do not compare", ("d",),
          severity=Severity.WARNING),
    Fires("test-set-changed", "two odd counts in order",
          counts(a=1000, b=1000, c=1000, d=900, e=46),
          "d and e: measured on 46 or 900 samples, the rest on 1,000; they do not compare",
          ("d", "e"), severity=Severity.WARNING),
]  # fmt: skip

NEAR = [
    Quiet("hand-edited", "the same value without an artifact", by_hand("c", 0.1)),
    Quiet("hand-edited", "the page is true", on_page({})),
    Quiet("hand-edited", "not refreshed yet", case(BASE, CHANGED, page=PAGE)),
    Quiet("hand-edited", "no committed page to judge", case(BASE, CHANGED)),
    Quiet("hand-edited", "a new row with artifacts", from_nowhere("c", artifacts=True)),
    Quiet("hand-edited", "the first page of a repository", case({}, BASE, page=PAGE)),
    Quiet("summary-stale", "the page is true", on_page({})),
    Quiet("summary-stale", "hand-edited has said it", on_page({"a": "0.4"})),
    Quiet("summary-stale", "it was just written", case(BASE, CHANGED)),
    Quiet("summary-stale", "nothing changed", case(BASE, BASE, page=PAGE)),
    Quiet("summary-stale", "two cells that hand-edited reports", on_page({"a": "0.4", "b": "0.7"})),
    Quiet("summary-stale", "no committed page", case(BASE, BASE)),
    Quiet("row-removed", "nothing changed", case(rows("a"), rows("a"))),
    Quiet("row-removed", "the first page", case({}, rows("a"))),
    Quiet("row-removed", "a section more", case(rows("a"), rows("a") | {"b": rows("x")["main"]})),
    Quiet("row-removed", "a run more", case(rows("a"), rows("a", "b"))),
    Quiet("row-removed", "only another name", case(renamed("a"), renamed("b"))),
    Quiet("row-removed", "run-unfinished tells", stopped(["b"], gone=("b",))),
    Quiet("run-unfinished", "as it was", stopped(["c"], before=["c"])),
    Quiet("run-unfinished", "now finished", stopped([], before=["c"])),
    Quiet("run-unfinished", "early stopping: no two agree", epochs(31, 29, 44, 9, 27, 38)),
    Quiet("run-unfinished", "half is enough", epochs(30, 30, 30, 15)),
    Quiet("run-unfinished", "three runs tell no usual", epochs(30, 30, 2)),
    Quiet("run-unfinished", "longer than the rest", epochs(30, 30, 30, 300)),
    Quiet("tolerance-loosened", "tightened", settings(WIDE, TIGHT)),
    Quiet("tolerance-loosened", "a wider pattern", settings(
        FOLDERS.replace("runs/*", "runs/a/*"), FOLDERS.replace("runs/*", "runs/*/*"))),
    Quiet("tolerance-loosened", "all below a folder", settings(
        FOLDERS, FOLDERS.replace("runs/*", "runs/**"))),
    Quiet("tolerance-loosened", "absolute for relative, and less at these values",
          settings(TIGHT, "tolerance = { absolute = 0.002 }")),
    Quiet("tolerance-loosened", "relative for absolute, and less at these values",
          settings("tolerance = { absolute = 0.01 }", "tolerance = { relative = 0.01 }")),
    Quiet("tolerance-loosened", "both floors lower", settings(
        "tolerance = { relative = 0.02, absolute = 0.01 }", "tolerance = { absolute = 0.001 }")),
    Quiet("tolerance-loosened", "the same in other words", settings(
        "tolerance = { relative = 0.01 }", TIGHT)),
    Quiet("tolerance-loosened", "the configuration did not change", case(BASE, BASE, WIDE)),
    Quiet("tolerance-loosened", "a rule made louder", settings(
        "[rules]\nrow-removed = false", '[rules]\nrow-removed = "failure"')),
    Quiet("tolerance-loosened", "a direction learnt", settings(
        "", '[metrics.wombats]\ndirection = "lower"', ("wombats",))),
    Quiet("tolerance-loosened", "of what is never judged", settings(
        TIGHT, WIDE, ("total_epochs", "wombats"))),
    Quiet("tolerance-loosened", "the usual page named", settings("", 'page = "RESULTS.md"')),
    Quiet("tolerance-loosened", "more digits, one more source, more runs", settings(
        FOLDERS, '[metrics.test_loss]\nformat = ".6f"\nsources = ["test_loss", "loss"]\n' + FOLDERS
        + '[[sections]]\nid = "other"\nruns = ["more/*"]\n')),
    Quiet("test-set-changed", "the same count", samples(1484, 1484)),
    Quiet("test-set-changed", "known on one side only", samples(None, 1484)),
    Quiet("test-set-changed", "no value changed", samples(1484, 46, value=0.7)),
    Quiet("test-set-changed", "the same samples in another order, by their keys",
          measured([0, 1, 2], [2, 0, 1], [7, 8, 9], [9, 7, 8])),
    Quiet("test-set-changed", "shuffled, nobody can say", measured([0, 1, 2], [2, 0, 1])),
    Quiet("test-set-changed", "a section for each data set", case({"main": {}}, DATA_SETS)),
    Quiet("test-set-changed", "no majority", counts(a=10, b=10, c=20, d=20)),
]  # fmt: skip
