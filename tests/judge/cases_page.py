"""Cases of the rules about the page, its rows, the configuration and the test set."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs
from msgspec.structs import replace
from results_bot.config import SectionTable
from results_bot.judge.rule import Case
from results_bot.page.section import Summary

from tests.judge.build import Cases, as_page, case, edited, material, predictions

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


def published(run: str, loss: float) -> Case:
    """Return the case of another value in a row of the configured `baselines`."""
    one = by_hand(run, loss)
    settings = SectionTable(id="main", baselines=(run,))
    base, head = (
        Summary(tuple(replace(section, settings=settings) for section in side.sections)).with_runs(
            side.runs
        )
        for side in (one.base, one.head)
    )
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


def rows(*names: str, new: Mapping[str, float] = {}) -> dict[str, dict[str, dict[str, float]]]:
    losses = {**dict.fromkeys(names, 0.5), **new}
    return {"main": {name: {"test_loss": loss} for name, loss in losses.items()}}


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


def tested(*sides: dict[str, float]) -> Case:
    """Return the case of two tasks of one run, of which one was taken by these tests."""
    both = []
    for value, test in zip((0.6, 0.5), sides, strict=True):
        side = material({"main": {"a": {"arc_acc": value, "mmlu_acc": value}}})
        ((place, run),) = side.runs.items()
        readings = {**run.readings, "arc_acc": replace(run.readings["arc_acc"], test=test)}
        both.append(side.with_runs({place: replace(run, readings=readings)}))
    return case(both[0], both[1])


def sized(value: float, arc: int, mmlu: int) -> dict[str, dict[str, dict[str, float]]]:
    run = {"arc_acc": value, "arc_num_samples": arc, "mmlu_acc": value, "mmlu_num_samples": mmlu}
    return {"main": {"a": run, "b": run}}


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

FIRES: Cases = {
    "hand-edited": {
        "a nicer number": on_page({"a": "0.4000"}),
        "a text": on_page({"a": "great"}),
        "rows from nowhere": from_nowhere("c", "d"),
        "a value without an artifact": by_hand("c", 0.2),
        "a published result": published("c (paper)", 0.2),
    },
    "summary-stale": {
        "one value": case(BASE, CHANGED, page=PAGE),
        "a run more and a value": case(
            BASE, {"main": {**CHANGED["main"], "c": {"test_loss": 0.1}}}, page=PAGE
        ),
        "an edited cell, and another": on_page({"a": "0.4"}, CHANGED_B),
    },
    "row-removed": {
        "one": case(rows("a", "b"), rows("a")),
        "many are counted": case(rows(*"abcdefghi"), rows("a")),
        "renamed, perhaps": case(rows("a", "b", "c"), rows("a", new={"d": 0.9, "e": 0.4})),
        "others came, no worse": case(rows("a", "b"), rows("a", new={"d": 0.4, "e": 0.5})),
        "renamed, perhaps, without a metric": case(
            {"main": {"b": {"test_loss": 0.5, "test_f1": 0.7}}}, rows(new={"d": 0.4})
        ),
        "renamed, perhaps, to the only one": case(rows("a", "b"), rows("a", new={"d": 0.9})),
    },
    "run-unfinished": {
        "new": stopped(["c"]),
        "several": stopped(["c", "d"]),
        "it was finished": stopped(["b"], gone=("b",)),
        "stopped early": epochs(30, 30, 30, 14),
    },
    "tolerance-loosened": {
        "for all metrics, said once": settings(TIGHT, WIDE),
        "for two metrics": settings(TIGHT, WIDE, ("test_loss", "test_f1")),
        "the default set, which then counts where noise is tested too": settings("", TIGHT),
        "in one section": settings(
            "", FOLDERS + "tolerance = { test_loss = { relative = 0.01, absolute = 0.1 } }"
        ),
        "an absolute one set": settings("", "tolerance = { absolute = 0.01 }"),
        "absolute for relative, and more at these values": settings(
            TIGHT, "tolerance = { absolute = 0.01 }"
        ),
        "a tolerance removed, below the default": settings("tolerance = { relative = 0.001 }", ""),
        "relative for absolute, and more at these values": settings(
            "tolerance = { absolute = 0.001 }", "tolerance = { relative = 0.01 }"
        ),
        "a direction turned": settings("", TURNED),
        "a rule off": settings("", "[rules]\nnot-finite = false"),
        "a rule lowered": settings(
            '[rules]\nrow-removed = "failure"', "[rules]\nrow-removed = true"
        ),
        "itself switched off": settings("", "[rules]\ntolerance-loosened = false"),
        "another page": settings('page = "A.md"', 'page = "B.md"'),
        "runs no longer read": settings(FOLDERS, FOLDERS.replace("runs/*", "runs/good*")),
        "one folder of several": settings(FOLDERS.replace("runs/*", "runs/**"), FOLDERS),
        "fewer digits": settings("", '[metrics.test_loss]\nformat = ".1f"'),
        "of a count that the owner wants judged": settings(
            '[metrics.num_solved]\ndirection = "higher"', "", ("num_solved",)
        ),
        "read from nowhere": settings("", "[metrics.test_loss]\nsources = []"),
    },
    "test-set-changed": {
        "fewer samples": samples(1484, 46),
        "a single sample": samples(1, 46),
        "two in one sentence": two_fewer(),
        "other targets": measured([0, 1, 0, 1], [0, 1, 1, 1]),
        "other keys": measured([0, 1], [0, 1], [1, 2], [1, 3]),
        "another version of a task": tested({"version": 1.0}, {"version": 2.0}),
        "other examples in the prompt": tested(
            {"version": 1.0, "num_fewshot": 5.0}, {"version": 1.0, "num_fewshot": 0.0}
        ),
        "tasks of different sizes": case(sized(0.6, 1172, 14042), sized(0.5, 100, 200)),
        "one of the section": counts(a=1484, b=1484, c=1484, d=46),
        "two odd counts in order": counts(a=1000, b=1000, c=1000, d=900, e=46),
    },
}

NEAR: Cases = {
    "hand-edited": {
        "the same value without an artifact": by_hand("c", 0.1),
        "the same published result": published("c (paper)", 0.1),
        "a mean that is computed anew": published("Mean", 0.2),
        "the page is true": on_page({}),
        "not refreshed yet": case(BASE, CHANGED, page=PAGE),
        "no committed page to judge": case(BASE, CHANGED),
        "a new row with artifacts": from_nowhere("c", artifacts=True),
        "the first page of a repository": case({}, BASE, page=PAGE),
    },
    "summary-stale": {
        "the page is true": on_page({}),
        "hand-edited has said it": on_page({"a": "0.4"}),
        "it was just written": case(BASE, CHANGED),
        "nothing changed": case(BASE, BASE, page=PAGE),
        "two cells that hand-edited reports": on_page({"a": "0.4", "b": "0.7"}),
        "no committed page": case(BASE, BASE),
    },
    "row-removed": {
        "nothing changed": case(rows("a"), rows("a")),
        "the first page": case({}, rows("a")),
        "a section more": case(rows("a"), rows("a") | {"b": rows("x")["main"]}),
        "a run more": case(rows("a"), rows("a", "b")),
        "only another name": case(renamed("a"), renamed("b")),
        "run-unfinished tells": stopped(["b"], gone=("b",)),
    },
    "run-unfinished": {
        "as it was": stopped(["c"], before=["c"]),
        "now finished": stopped([], before=["c"]),
        "early stopping: no two agree": epochs(31, 29, 44, 9, 27, 38),
        "half is enough": epochs(30, 30, 30, 15),
        "three runs tell no usual": epochs(30, 30, 2),
        "longer than the rest": epochs(30, 30, 30, 300),
    },
    "tolerance-loosened": {
        "tightened": settings(WIDE, TIGHT),
        "a wider pattern": settings(
            FOLDERS.replace("runs/*", "runs/a/*"), FOLDERS.replace("runs/*", "runs/*/*")
        ),
        "all below a folder": settings(FOLDERS, FOLDERS.replace("runs/*", "runs/**")),
        "absolute for relative, and less at these values": settings(
            TIGHT, "tolerance = { absolute = 0.002 }"
        ),
        "relative for absolute, and less at these values": settings(
            "tolerance = { absolute = 0.01 }", "tolerance = { relative = 0.01 }"
        ),
        "both floors lower": settings(
            "tolerance = { relative = 0.02, absolute = 0.01 }", "tolerance = { absolute = 0.001 }"
        ),
        "the same in other words": settings("tolerance = { relative = 0.01 }", TIGHT),
        "the configuration did not change": case(BASE, BASE, WIDE),
        "a rule made louder": settings(
            "[rules]\nrow-removed = false", '[rules]\nrow-removed = "failure"'
        ),
        "a direction learnt": settings("", '[metrics.wombats]\ndirection = "lower"', ("wombats",)),
        "of what is never judged": settings(TIGHT, WIDE, ("total_epochs", "wombats")),
        "the usual page named": settings("", 'page = "RESULTS.md"'),
        "more digits, one more source, more runs": settings(
            FOLDERS,
            '[metrics.test_loss]\nformat = ".6f"\nsources = ["test_loss", "loss"]\n'
            + FOLDERS
            + '[[sections]]\nid = "other"\nruns = ["more/*"]\n',
        ),
    },
    "test-set-changed": {
        "the same version": tested({"version": 1.0}, {"version": 1.0}),
        "a version that one side does not give": tested({}, {"version": 1.0}),
        "the same count": samples(1484, 1484),
        "known on one side only": samples(None, 1484),
        "no value changed": samples(1484, 46, value=0.7),
        "the same samples in another order, by their keys": measured(
            [0, 1, 2], [2, 0, 1], [7, 8, 9], [9, 7, 8]
        ),
        "shuffled, nobody can say": measured([0, 1, 2], [2, 0, 1]),
        "a section for each data set": case({"main": {}}, DATA_SETS),
        "no majority": counts(a=10, b=10, c=20, d=20),
    },
}
