"""Which readers a path is for is remembered by its last part, where nothing else counts."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from results_bot.collect import readers as readers_package
from results_bot.collect import registry
from results_bot.collect.built_in import BUILT_IN, NO_RESULTS, BuiltIn
from results_bot.collect.extracted import Reader
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.readers import hf_trainer, nnunet, sacred
from results_bot.collect.registry import claimants, claimed, readers

from tests.readers.recorded import DATA

ROOT = Path(__file__).parents[2]
FIXTURES = [path.relative_to(DATA).as_posix() for path in sorted(DATA.rglob("*")) if path.is_file()]
ID = "0123456789abcdef0123456789abcdef"
FOLDERS = st.sampled_from(
    [part for path in FIXTURES for part in path.split("/")[:-1]]
    + f".aim mlruns 0 12 ٣ {ID} metrics params artifacts tags models traces m-{ID} tr-0a datasets "
    "run-20240101_000000-ab offline-run-20240101_000000-ab run-1 files tmp logs wandb .hydra "
    "plots sklearn PLOTS version_0 VERSION_1 checkpoint-5 checkpoint- nnUNet_results NNUNET İ "
    "meta.yaml metrics.json experiments".split()
)
NAMES = st.sampled_from(
    [path.rpartition("/")[2] for path in FIXTURES]
    + "VERSION a.json a.JSON a.jsonl a.ndjson a.yaml a.yml a.csv a.tsv a.db a.sqlite a.txt "
    "hparams.yaml config.yaml overrides.yaml hydra.yaml multirun.yaml meta.yaml plans.json "
    "dataset.json nnunet.json loss wandb-summary.json model.safetensors vocab.json .json "
    "checkpoint-5 events.out.tfevents.1 events.out.tfevents.1.tmp results.csv run-1.wandb "
    "dvc.yaml eval_results.json trainer_state.json summary.json".split()
    + sorted(hf_trainer._NO_RESULTS | nnunet.NO_RESULTS | sacred._OWN)
)
PATHS = st.builds(lambda folders, name: "/".join([*folders, name]), st.lists(FOLDERS), NAMES)


@settings(max_examples=1_000, deadline=None)
@given(PATHS)
def test_all_that_claim_are_asked(path: str) -> None:
    wanted = [reader for reader in readers() if reader.claims(path)]
    assert [*claimants(path).readers] == wanted
    assert claimed(path) is bool(wanted)


@settings(max_examples=1_000, deadline=None)
@given(PATHS)
def test_a_path_that_a_reader_claims_has_one_of_its_signs(path: str) -> None:
    for one in BUILT_IN:
        assert isinstance(one, BuiltIn)
        module: Reader = import_module(f"results_bot.collect.readers.{one.name}")
        assert BuiltIn(one.name, *one.signs).claims(path) is module.claims(path)


def test_every_module_of_readers_is_one() -> None:
    there = {path.stem for path in Path(readers_package.__file__).parent.glob("[a-z]*.py")}
    assert there == {one.name for one in BUILT_IN if isinstance(one, BuiltIn)}
    assert frozenset(NO_RESULTS) == nnunet.NO_RESULTS


def test_of_the_readers_only_those_are_imported_that_may_read() -> None:
    code = """
import sys
from results_bot.collect.registry import claimants, claimed
print(claimed(sys.argv[1]), len(claimants(sys.argv[1]).readers))
print(*[name.rpartition(".")[2] for name in sys.modules if "collect.readers." in name])
"""
    command = [sys.executable, "-c", code, "runs/a/log.wandb"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.split("\n")[:2] == ["True 1", "wandb"]


@pytest.mark.parametrize("path", FIXTURES)
def test_recorded_files_have_the_readers_that_claim_them(path: str) -> None:
    assert [*claimants(path).readers] == [reader for reader in readers() if reader.claims(path)]


def test_the_usual_place_needs_nobody_to_be_asked() -> None:
    assert claimants("experiments/sweep_001/run_00001/metrics.json").by_name
    assert not claimants("mlruns/0/meta.yaml").by_name


def test_a_plug_in_is_asked_about_every_path(monkeypatch: pytest.MonkeyPatch) -> None:
    class Own:
        TITLE, WHERE = "Own", ""
        TRAPS: tuple[str, ...] = ()

        def claims(self, path: str) -> bool:
            return "mine/" in path

        def read(self, file: File) -> None:
            raise UnreadableError(file.path)

    own: Reader = Own()
    monkeypatch.setattr(registry, "readers", lambda: (own, *BUILT_IN))
    assert claimants("mine/a.json").readers[0] is own
    assert own not in claimants("other/a.json").readers
    assert claimed("mine/a.what")
