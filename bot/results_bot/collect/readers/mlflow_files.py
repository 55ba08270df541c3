"""MLflow's file store: a folder a run, a file a metric; what repeats them is passed over."""

from __future__ import annotations

from results_bot.collect import mlflow_runs, step_log
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import MAX_NAME, setting
from results_bot.collect.readers import csv_metrics, yaml_metrics
from results_bot.collect.sqlite_tables import SUFFIXES
from results_bot.hostile import printable
from results_bot.patterns import later

TITLE = "MLflow, files"
WHERE = "`mlruns/EXPERIMENT/RUN/` with `meta.yaml`, `metrics/NAME`, `params/NAME`"
TRAPS: tuple[str, ...] = (
    "the last value is that of the largest step, then time, not the last line",
    "metric names hold slashes and spaces",
    "NaN and infinity are literals",
    "deleted runs stay on disk and are shown as deleted",
    "what `models/m-*/metrics` and `artifacts/` repeat is not counted again",
    "an empty parameter is no damage",
    "each metric is a file of its own: none is there for validation to choose a test metric's best",
)

_RUN = later(
    r"(?P<root>(?:.+/)?\d+/(?P<id>[0-9a-f]{32}))/"
    r"(?P<what>meta\.yaml$|(?:metrics|params)/(?P<name>.+)|artifacts/|tags/|inputs/|outputs/)"
)
_EXPERIMENT = later(r"(?P<root>(?:.+/)?\d+)/meta\.yaml")
_ASIDE = later(
    r"(?:.+/)?(?:\d+/(?:models/m-[0-9a-f]{32}|traces/tr-[0-9a-f]+|datasets/[0-9a-f]{32})"
    r"|mlruns/models)/"
)
_STORE = later(r"(?:^|/)(?:\d+|mlruns)/")
"""Part of every path that the above fit; most paths are told from them at once by it."""
_READ_BY_OTHERS = (
    ".json", ".JSON", ".jsonl", ".ndjson", ".yaml", ".yml", ".csv", ".tsv", *SUFFIXES
)  # fmt: skip
NO_RUN = Extracted(started=False, left_out=(("", "MLflow keeps it; the run's own metrics count"),))
MAX_POINTS = 2_000_000


def claims(path: str) -> bool:
    """Take what has the store's layout; of artifacts only what other readers would take."""
    if _STORE.search(path) is None:
        return False
    found = _RUN.match(path)
    if found and (found["name"] or found["what"] == "meta.yaml"):
        return True
    if not path.endswith(_READ_BY_OTHERS):
        return False
    return bool(found or _ASIDE.match(path) or _EXPERIMENT.fullmatch(path))


def read(file: File) -> list[Extracted] | None:
    """Return one metric, one parameter, or how the run is called and ended."""
    found = _RUN.match(file.path)
    if found is None:
        return [NO_RUN] if _ASIDE.match(file.path) else _experiment(file)
    root, run_id = found["root"], found["id"]
    if found["what"] == "meta.yaml":
        return _meta(file, root, run_id)
    if found["name"] is None:
        return _artifact(file, root, run_id)
    if found["what"].startswith("params/"):
        value = setting(file.text) if file.size else ""
        name = printable(found["name"])[:MAX_NAME]
        return [Extracted(params={name: value}, root=root, identity=run_id)]
    readings, left_out = step_log.of_series({found["name"]: _points(file)}, file.path)
    return [Extracted(readings, root=root, identity=run_id, left_out=left_out)]


def _points(file: File) -> list[tuple[int | None, float]]:
    """Return a metric's values by step, time and value, as MLflow orders them."""
    lines = file.text.split("\n", MAX_POINTS + 1)
    if len(lines) > MAX_POINTS:
        raise UnreadableError(f"has more than {MAX_POINTS:,} lines: data, not metrics")
    points = []
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            points.append(_point(line.split()))
        except ValueError:
            if index == len(lines) - 1:
                break  # The job was stopped while it wrote its last line.
            raise UnreadableError(f"line {index + 1} is no `time value step`") from None
    return [(step, value) for step, _, value in sorted(points, key=lambda point: point[:2])]


def _point(words: list[str]) -> tuple[int, int, float]:
    """Return step, time and value; the oldest stores have no step."""
    if not 2 <= len(words) <= 3:
        raise ValueError("neither two nor three words")
    step = int(words[2]) if len(words) == 3 else 0
    if abs(step) >= 2**63:
        raise ValueError("no step")
    return step, int(words[0]), float(words[1])


def _meta(file: File, root: str, run_id: str) -> list[Extracted] | None:
    meta = yaml_metrics.load(file.text)
    if not isinstance(meta, dict) or "artifact_uri" not in meta:
        return None
    stage = "deleted" if "/.trash/" in f"/{root}/" else meta.get("lifecycle_stage")
    return [
        Extracted(
            root=root,
            identity=run_id,
            name=mlflow_runs.name(meta.get("run_name")),
            status=mlflow_runs.status(meta.get("status"), stage),
        )
    ]


def _experiment(file: File) -> list[Extracted] | None:
    meta = yaml_metrics.load(file.text)
    if not isinstance(meta, dict) or "artifact_location" not in meta:
        return None
    title = mlflow_runs.name(meta.get("name")) or ""
    return [Extracted(root=file.folder, title=title)] if title else [NO_RUN]


def _artifact(file: File, root: str, run_id: str) -> list[Extracted]:
    """Return predictions as evidence; other artifacts only repeat what was logged."""
    if file.suffix in ("csv", "tsv") and csv_metrics.has_predictions(file):
        return [Extracted(predictions=True, root=root, identity=run_id)]
    return [NO_RUN]
