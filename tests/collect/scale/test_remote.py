"""Sources by address, on a real server of the S3 protocol and on fsspec's own kinds of store."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from results_bot.collect.file import Listed
from results_bot.collect.remote import remotes
from results_bot.errors import ConfigError

from tests.collect.scale.conftest import CONFIG, CREDENTIALS, PAGE, SECTION, Store, repository, run
from tests.conftest import commit_all, git, run_cli


def configuration(runs: str, more: str = "") -> str:
    return more + SECTION.format(runs=runs)


@pytest.fixture
def local_page(tree: Path) -> str:
    """The page that the same files make on one machine."""
    (tree / "results-bot.toml").write_text(CONFIG, "utf-8")
    commit_all(tree)
    assert run(["refresh"], tree).code == 1
    return (tree / PAGE).read_text("utf-8")


def test_the_page_is_that_of_one_machine_to_the_byte(
    store: Store, tree: Path, local_page: str, tmp_path: Path
) -> None:
    store.upload(tree / "experiments", "data/experiments")
    repo = repository(tmp_path / "r", configuration("s3://team/data/experiments/**"))
    done = run(["refresh"], repo)
    assert (done.code, done.err) == (1, "")
    assert (repo / PAGE).read_text("utf-8") == local_page
    assert "predicts class 6 for every sample" in local_page
    store.fetched()

    done = run(["refresh"], repo)
    assert (done.code, done.out) == (0, "RESULTS.md is up to date (20 runs, 16 unfinished).\n")
    # The files said the same by their ETags; only the evidence itself is looked at again.
    assert {key.rpartition("/")[2] for key in store.fetched()} <= {"test_predictions.csv"}


def test_only_what_changed_is_fetched_and_judged(store: Store, tree: Path, tmp_path: Path) -> None:
    store.upload(tree / "experiments", "data/experiments")
    repo = repository(tmp_path / "r", configuration("s3://team/data/experiments/**"))
    run(["refresh"], repo)
    commit_all(repo, "Results")
    folder = "data/experiments/overnight_runs/combo_3_mild/run"
    keys = {f"{folder}/training_summary.json", f"{folder}/test_evaluation_results.json"}
    for key in keys:
        text = store.fs.cat(f"team/{key}").decode()
        store.fs.pipe(f"team/{key}", text.replace('"kl_divergence": 0.37', '"kl_divergence": 1.5'))
    store.fetched()
    done = run(["diff"], repo)
    assert done.code == 1
    assert "Test KL Divergence of combo_3_mild is worse" in done.out
    assert {key for key in store.fetched() if key.endswith(".json")} == keys


def test_objects_over_the_cap_are_named_and_not_fetched(store: Store, tmp_path: Path) -> None:
    store.fs.pipe("team/x/a/metrics.json", json.dumps({"test_loss": 0.5}).encode())
    store.fs.pipe("team/x/b/metrics.json", json.dumps({"pad": "p" * 20_000}).encode())
    text = configuration("s3://team/x/*", "max-file-size-mb = 0.01\n")
    repo = repository(tmp_path / "r", text)
    done = run(["refresh"], repo)
    assert done.code == 4
    assert done.line == (
        "warning: s3://team/x/b/metrics.json: is 0.0 MB, over the cap of 0.0 MB (max-file-size-mb)"
    )
    assert store.fetched() == ["x/a/metrics.json"]


def test_only_folders_that_a_pattern_allows_are_listed(store: Store, tmp_path: Path) -> None:
    for folder in ("sweep/a", "sweep/b", "other/c", "sweep/node_modules/d"):
        store.fs.pipe(f"team/x/{folder}/metrics.json", b'{"test_loss": 0.5}')
    repo = repository(tmp_path / "r", configuration("s3://team/x/swe*/*"))
    store.requests.clear()
    assert run(["refresh"], repo).code == 1
    page = (repo / PAGE).read_text("utf-8")
    assert [name for name in "abcd" if f"\n| {name} |" in page] == ["a", "b"]
    asked = "\n".join(path for _, path in store.requests)
    assert "other" not in asked
    assert "node_modules" not in asked


def test_more_files_than_the_cap_are_named_and_none_is_read(store: Store, tmp_path: Path) -> None:
    for number in range(12):
        store.fs.pipe(f"team/x/run_{number}/metrics.json", b'{"test_loss": 0.5}')
    text = configuration("s3://team/x/*", "max-remote-files = 10\n")
    repo = repository(tmp_path / "r", text)
    store.fetched()
    done = run(["refresh"], repo)
    assert done.code == 2
    assert "s3://team/x: holds more than 10 files (max-remote-files); nothing of it" in done.err
    assert store.fetched() == []


def test_a_store_that_cannot_be_reached_keeps_its_rows(store: Store, tmp_path: Path) -> None:
    store.fs.pipe("team/x/a/metrics.json", b'{"test_loss": 0.5}')
    repo = repository(tmp_path / "r", configuration("s3://team/x/*"))
    (repo / "y/b").mkdir(parents=True)
    (repo / "y/b/metrics.json").write_text('{"test_loss": 0.4}')
    text = configuration('s3://team/x/*", "y/*')
    (repo / "results-bot.toml").write_text(text, "utf-8")
    assert run(["refresh"], repo).code == 1
    before = (repo / PAGE).read_text("utf-8")
    assert "| a |" in before
    unreachable = {"FSSPEC_S3_ENDPOINT_URL": "http://127.0.0.1:9"}
    done = run(["refresh"], repo, unreachable)
    assert done.code == 4
    assert done.line == "warning: s3://team/x: cannot be listed: it cannot be reached"
    assert (repo / PAGE).read_text("utf-8") == before
    # With nothing else to show, the reason is not hidden behind "no runs".
    (repo / PAGE).unlink()
    (repo / "y/b/metrics.json").unlink()
    done = run(["refresh"], repo, unreachable)
    assert done.code == 2
    assert "s3://team/x: cannot be listed: it cannot be reached" in done.err


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("bucket", "changed", "message"),
    [
        ("no-such-bucket", {}, "there is nothing here; is the address right?"),
        (
            "team",
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
            "cannot be listed: there are no credentials",
        ),
    ],
)
def test_no_message_holds_a_credential(
    bucket: str, changed: dict[str, str], message: str, tmp_path: Path
) -> None:
    repo = repository(tmp_path / "r", configuration(f"s3://{bucket}/x/*"))
    done = run(["refresh"], repo, changed)
    assert done.code == 2
    assert f"s3://{bucket}/x: {message}" in done.err
    assert not [value for value in CREDENTIALS.values() if value in done.err]


def test_the_hook_asks_no_store(store: Store, tmp_path: Path) -> None:
    text = configuration('s3://team/x/*", "y/*')
    repo = repository(tmp_path / "r", text)
    (repo / "y/b").mkdir(parents=True)
    (repo / "y/b/metrics.json").write_text('{"test_loss": 0.4}')
    git(repo, "add", "-A")
    store.requests.clear()
    assert run(["hook"], repo).code == 0
    assert "| b |" in git(repo, "show", f":{PAGE}")
    assert store.requests == []


def test_inspect_looks_under_an_address(store: Store, tmp_path: Path) -> None:
    store.fs.pipe("team/x/a/metrics.json", b'{"test_loss": 0.5}')
    repo = repository(tmp_path / "r", configuration("s3://team/other/*"))
    for address in ("s3://team/x", "s3://team/x/a/metrics.json", "s3://team/*/a"):
        done = run(["inspect", address], repo)
        assert done.code == 0, done.err
        assert "test_loss = 0.5 (final)" in done.out, address
    assert run(["inspect", "s3://me:pw@team/x"], repo).line.endswith("never from this file")


def test_other_schemes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store without ETags is read each time; its names are odd and stay whole."""
    monkeypatch.setenv("RESULTS_BOT_SCHEMES", "sftp file")
    runs = tmp_path / "there" / "runs"
    for name in ("a b", "ü|x", "c"):
        (runs / name).mkdir(parents=True)
        (runs / name / "metrics.json").write_text('{"test_loss": 0.5}')
    (place,) = remotes([f"file://{runs}/*"], 1000)
    found = place.listing(10)
    assert [one.path for one in found if isinstance(one, Listed)] == [
        f"file://{runs}/{name}/metrics.json" for name in ("a b", "c", "ü|x")
    ]
    assert [one.read() for one in place.fetched(found) if isinstance(one, Listed)]
    repo = repository(tmp_path / "r", SECTION.format(runs=f"file://{runs}/*"))
    assert run_cli(["refresh"], repo).code == 1
    (runs / "c/metrics.json").write_text('{"test_loss": 0.6}')
    assert run_cli(["refresh", "--check"], repo).code == 1


def test_parts_bring_what_lies_under_addresses(store: Store, tmp_path: Path) -> None:
    for name in ("a/1", "a/2", "b/3"):
        store.fs.pipe(f"team/x/{name}/metrics.json", b'{"test_loss": 0.5}')
    text = configuration("s3://team/x/*/*")
    repo = repository(tmp_path / "r", text)
    for number, place in enumerate(["s3://team/x/a/", "s3://team/x/b"]):
        store.fetched()
        done = run(["collect", "--out", str(tmp_path / f"parts/{number}.parquet"), place], repo)
        assert (done.code, done.err) == (0, "")
        assert {key.split("/")[1] for key in store.fetched()} == {place.rstrip("/")[-1]}
    # The last machine has no credentials, and asks nobody.
    last = repository(tmp_path / "last", text)
    store.requests.clear()
    done = run(["refresh", "--from", "../parts"], last, dict.fromkeys(CREDENTIALS, ""))
    assert (done.code, done.err, store.requests) == (1, "", [])
    assert run(["refresh"], repo).code == 1
    assert (last / PAGE).read_bytes() == (repo / PAGE).read_bytes()
    done = run(["rename", "1", "one"], repo)
    assert done.line == "results-bot: s3://team/x/a/1: lies elsewhere; rename it there"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("gs://b/x/*", "gs:// needs one more package (fsspec: Please install gcsfs to access"),
        ("qq://b/x/*", "qq://: there is no such scheme (fsspec)"),
        ("file:///etc/*", "file:// is not allowed; to allow it on this machine, set RESULTS_BOT"),
        ("filecache://h/x/*", "filecache:// is not allowed"),
        ("http://169.254.169.254/x/*", "http:// is not allowed"),
    ],
)
def test_a_scheme_that_cannot_be_read(
    address: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESULTS_BOT_SCHEMES", "qq")
    with pytest.raises(ConfigError) as caught:
        remotes([address], 1000)[0].listing(10)
    assert str(caught.value).startswith(message)


def test_without_addresses_nothing_of_it_is_imported(example: Path) -> None:
    code = (
        "import sys; sys.argv = ['x.py', 'refresh']\n"
        "from results_bot.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "bad = {'fsspec', 's3fs', 'distributed', 'dask'}\n"
        "print(sorted(bad & set(sys.modules)))\n"
    )
    (example / "x.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "x.py"], cwd=example, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
