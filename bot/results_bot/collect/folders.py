"""Which folder is a run's, and what the run is called; from paths alone, nothing is opened."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from results_bot.escape import printable
from results_bot.globs import any_of
from results_bot.metric_names import tokens
from results_bot.metric_words import SPLITS

_UNINFORMATIVE = frozenset(
    "run output outputs out result results metrics metric eval evaluation test log logs files "
    "artifacts report reports plots predictions dvclive tensorboard tb csv_logs lightning_logs "
    "summary final latest stats checkpoints checkpoint ckpt .hydra data model models "
    "vis_data".split()
)
_NUMBERED = re.compile(
    r"(version|checkpoint|run|trial|fold|exp|epoch)?[-_]?\d{1,4}"
    r"|\d{8}_\d{6}|\d{10}\.\d+"
)
"""`version_3`, `17`; also the time at which a run started: MMEngine and mmcv name a folder by the
date, TensorBoard's `add_hparams` by the seconds."""
_ENDINGS = (".json", ".jsonl", ".yaml", ".yml", ".csv", ".tsv")
_ENDING = re.compile(r"(?<=[^/])\.(json|jsonl|ya?ml|csv|tsv)$")
_GENERIC_STEM = frozenset(
    "metrics metric results result scores score summary final best last all history log logs "
    "training evaluation classification report stats statistics experiment metadata info run "
    "output outputs predictions prediction distributions distribution trainer state performance "
    "progress config params dvclive hparams args benchmark per sample epoch step partial".split()
)

_REPLICATE = re.compile(
    r"(?i)(?:(?<![a-z])[-_. ,]*(?:random[-_]?)?|[-_. ,]*)seed[-_=. ]?\d+"
    r"|(?<![a-z])[-_. ,]*(?:fold|rep|replicate|repeat)[-_=. ]?\d+(?!\d)"
    r"|[-_]+s\d{1,5}$"
)
"""The part of a name that numbers a replicate: `_seed3`, `fold_0`, `__rep1`, `_s2`."""


def without_replicate(name: str) -> str:
    """Return a name without its seed, fold or repetition: `lr=0.1` of `seed=2,lr=0.1`."""
    return _REPLICATE.sub("", name).strip("-_. ,=/")


def is_replicate(part: str) -> bool:
    """Return True if the name of a folder is only that of a replicate."""
    return _REPLICATE.fullmatch(part) is not None


def is_uninformative(part: str) -> bool:
    """Return True if a folder's name does not identify a run: `metrics`, `output`, `logs`."""
    return part.lower() in _UNINFORMATIVE


def run_folders(
    folders: Iterable[str], bases: Iterable[str], patterns: Iterable[str] = ()
) -> tuple[dict[str, str], set[str]]:
    """Map each folder that holds artifacts to its run's; return also those that fit a pattern.

    A folder that fits one of `patterns` is a run's, with everything below it. Otherwise trailing
    names without meaning (`run`, `output`, `version_0`) are dropped, but never up to one of
    `bases`, the folders that hold runs. Of several numbered siblings each is a run. Where Hydra
    kept a job's settings (`.hydra`), everything below is that job's.
    """
    folders = list(dict.fromkeys(folders))
    stop = {base.rstrip("/") for base in bases} | {""}
    jobs = {folder.removesuffix("/.hydra") for folder in folders if folder.endswith("/.hydra")}
    exact = run_patterns(patterns)
    siblings, single = _numbered(folders)
    roots: dict[str, str] = {}
    matched: set[str] = set()
    for folder in folders:
        job = _job(folder, jobs, siblings) if jobs else None
        root = _informative(job or folder, stop, single)
        if exact:
            fitting = next((one for one in (root, *with_parents(folder)) if fits(one, exact)), None)
            if fitting is not None:
                root = fitting
                matched.add(folder)
        roots[folder] = root
    return roots, matched


def run_patterns(patterns: Iterable[str]) -> list[str]:
    """Return the patterns that name the folders of runs, not only where runs are."""
    return [pattern for pattern in patterns if not pattern.endswith("**")]


def fits(path: str, patterns: Sequence[str]) -> bool:
    """Return True if `path` fits one of `patterns`."""
    return any_of(tuple(patterns))(path) is not None


def with_parents(path: str) -> list[str]:
    """Return `path` and the folders above it, the nearest first."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(len(parts), 0, -1)]


def all_above(paths: Iterable[str]) -> set[str]:
    """Return `paths` and all folders above them, without the root."""
    return {above for path in paths if path for above in with_parents(path)}


def names(paths: Iterable[str]) -> dict[str, str]:
    """Give each run path the shortest name that no other one has: its last part, or more."""
    paths = list(paths)
    out = dict.fromkeys(paths, 1)
    while True:
        shown = {path: _tail(path, depth) for path, depth in out.items()}
        count = Counter(shown.values())
        clash = [path for path in paths if count[shown[path]] > 1 and out[path] <= path.count("/")]
        if not clash:
            return shown
        for path in clash:
            out[path] += 1


_DATE = r"\d{4}-?\d{2}-?\d{2}(?:[-_T ]?\d{2}[-:]?\d{2}[-:]?\d{2})?|\d{2}-\d{2}-\d{2}"
_IDENTIFIER = re.compile(
    rf"{_DATE}|(?=[0-9a-f-]*\d)(?=[0-9a-f-]*[a-f])[0-9a-f]{{8,}}(?:-[0-9a-f]{{4,}}){{0,4}}"
)


def is_identifier(part: str) -> bool:
    """Return True for a folder that a tool named by the time at which a job began, or at random."""
    return _IDENTIFIER.fullmatch(part) is not None


def letters(name: str) -> str:
    """Return what stays of a name however people write it: `resnet18` of `ResNet-18`."""
    return re.sub(r"[\W_]+", "", name.lower())


def own_name(path: str) -> str:
    """Return what a run at `path` is called where no other run has that name."""
    above, _, name = path.rpartition("/")
    if above and is_replicate(name):  # `seed_0` needs the name of what it is a seed of.
        return f"{own_name(above)}/{printable(name)}"
    return printable(without_ending(name) if "." in name else name)


def possible_names(path: str) -> set[str]:
    """Return every name that the page may have shown for a run at `path`."""
    parts = printable(without_ending(path)).split("/")
    return {"/".join(parts[at:]) for at in range(len(parts))}


def is_generic_stem(stem: str) -> bool:
    """Return True if a file's name describes its content and does not identify a run."""
    words = tokens(stem)
    return all(word in _GENERIC_STEM or word in SPLITS or word.isdigit() for word in words)


def _numbered(folders: list[str]) -> tuple[set[str], set[str]]:
    """Return the numbered folders at any depth: those with numbered siblings, and the others."""
    by_parent: defaultdict[str, list[str]] = defaultdict(list)
    for folder in all_above(folders):
        parent, _, part = folder.rpartition("/")
        if _NUMBERED.fullmatch(part):
            by_parent[parent].append(folder)
    several, single = set[str](), set[str]()
    for siblings in by_parent.values():
        (several if len(siblings) > 1 else single).update(siblings)
    return several, single


def _job(folder: str, jobs: set[str], numbered: set[str]) -> str | None:
    """Return the Hydra job that `folder` belongs to; None also for one of its numbered parts."""
    while folder and folder not in jobs:
        if folder in numbered:
            return None
        folder = folder.rpartition("/")[0]
    return folder or None


def _informative(folder: str, stop: set[str], single: set[str]) -> str:
    """Drop trailing names without meaning, but never up to one of `stop`."""
    while True:
        parent, _, last = folder.rpartition("/")
        if not is_uninformative(last) and folder not in single:
            return folder
        if parent in stop or folder in stop:
            return folder
        folder = parent


def _tail(path: str, depth: int) -> str:
    return printable("/".join(without_ending(path).rsplit("/", depth)[-depth:]))


def without_ending(path: str) -> str:
    """Return `path` without the ending of a file that is a run."""
    return _ENDING.sub("", path) if path.endswith(_ENDINGS) else path
