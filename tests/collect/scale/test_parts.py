"""Parts: collected in several places, put together in one, as if one machine had read it all."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from results_bot.collect.discover import walk
from results_bot.collect.file import Listed
from results_bot.collect.parts import DamagedError, Parts, read, write
from results_bot.collect.paths import in_walk_order, path_of, starts
from results_bot.collect.readers import program, read_one
from results_bot.errors import BotError
from results_bot.model import Problem

from tests.collect.scale.conftest import CONFIG, PAGE, repository, run
from tests.conftest import ROOT, commit_all, git

METRICS = '{"test_loss": %s, "test_accuracy": 0.9}\n'


def machine(folder: Path, files: dict[str, str]) -> Path:
    """Make a checkout with artifacts in it that are in no commit."""
    repository(folder, CONFIG)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


def collected(folder: Path, part: Path, *paths: str) -> Path:
    done = run(["collect", "--out", str(part), *paths], folder)
    assert done.code == 0, done.err
    return part


def test_the_page_and_the_verdict_are_those_of_one_machine(tree: Path, tmp_path: Path) -> None:
    (tree / "results-bot.toml").write_text(CONFIG, "utf-8")
    commit_all(tree)
    git(tree, "rm", "-rq", "--cached", "experiments")
    git(tree, "commit", "-qm", "Keep artifacts out of git")
    one = tmp_path / "one"
    shutil.copytree(tree, one)
    for number, folder in enumerate(sorted((tree / "experiments").glob("*/*"))):
        place = folder.relative_to(tree).as_posix()
        collected(tree, tmp_path / f"parts/job-{number % 5}/{number}.parquet", place)
    last = repository(tmp_path / "last", CONFIG)
    both: list[tuple[list[str], Path]] = [(["--from", "../parts"], last), ([], one)]
    there, here = (run(["refresh", *more], repo) for more, repo in both)
    assert (there.code, there.out, there.err) == (here.code, here.out, here.err)
    assert there.code == 1
    assert (last / PAGE).read_bytes() == (one / PAGE).read_bytes()
    # The evidence a sample came along, too: the paired test is the same.
    commit_all(last)
    git(one, "add", PAGE)
    git(one, "commit", "-qm", "Results")
    changed = tree / "experiments/overnight_runs/combo_3_mild/run"
    for path in [changed / "training_summary.json", changed / "test_evaluation_results.json"]:
        text = path.read_text().replace('"kl_divergence": 0.37', '"kl_divergence": 0.87')
        path.write_text(text)
        shutil.copy(path, one / path.relative_to(tree))
    shutil.rmtree(tmp_path / "parts")
    collected(tree, tmp_path / "parts/all.parquet")
    there = run(["diff", "--from", "../parts", "--json"], last)
    here = run(["diff", "--json"], one)
    assert there.code == here.code == 1
    same = dict.fromkeys(("base", "head"))
    assert {**json.loads(there.out), **same} == {**json.loads(here.out), **same}
    there, here = (run(["report", "--html", "out.html", *more], repo) for more, repo in both)
    assert (there.code, here.code) == (1, 1)
    assert there.out.partition("): ")[2] == here.out.partition("): ")[2] != ""
    asked = run(["report", "HEAD~1", "HEAD", "--html", "out.html", "--from", "../parts"], last)
    assert asked.code == 2
    assert "--from stands for HEAD" in asked.err


def test_parts_and_the_work_tree_make_one_page(tmp_path: Path) -> None:
    """What is in no part is read where the page is made; a run's files may come from both."""
    job = machine(tmp_path / "job", {"experiments/a/b/metrics.json": METRICS % 0.5})
    part = collected(job, tmp_path / "job.parquet")
    files = {
        "experiments/a/b/params.json": '{"learning_rate": 0.1}',
        "experiments/a/c/metrics.json": METRICS % 0.6,
    }
    last = machine(tmp_path / "last", files)
    one = machine(tmp_path / "one", {**files, "experiments/a/b/metrics.json": METRICS % 0.5})
    assert run(["refresh", "--from", str(part)], last).code == 1
    assert run(["refresh"], one).code == 1
    assert (last / PAGE).read_bytes() == (one / PAGE).read_bytes()


def test_a_file_in_two_parts(tmp_path: Path) -> None:
    same = {"experiments/a/x/metrics.json": METRICS % 0.1}
    one = machine(tmp_path / "1", {**same, "experiments/a/y/metrics.json": METRICS % 0.2})
    two = machine(tmp_path / "2", {**same, "experiments/a/y/metrics.json": METRICS % 0.3})
    last = repository(tmp_path / "last", CONFIG)
    collected(one, tmp_path / "parts/1.parquet")
    assert run(["refresh", "--from", "../parts"], last).code == 1
    before = (last / PAGE).read_text()
    collected(two, tmp_path / "parts/2.parquet")
    done = run(["refresh", "--from", "../parts"], last)
    assert done.code == 4
    assert done.line == (
        "warning: experiments/a/y/metrics.json: differs between ../parts/1.parquet and "
        "../parts/2.parquet; none is taken: let one job write it"
    )
    assert "| x | 0.1000" in before
    assert (last / PAGE).read_text() == before
    # Rows whose part is missing stay.
    made(tmp_path / "parts/2.parquet")
    (tmp_path / "parts/1.parquet").unlink()
    run(["refresh", "--from", "../parts"], last)
    assert "| x | 0.1000" in (last / PAGE).read_text()


def test_a_committed_copy_yields_to_what_a_job_wrote(tmp_path: Path) -> None:
    files = {f"experiments/a/{run}/metrics.json": METRICS % 0.5 for run in "xy"}
    origin = machine(tmp_path / "origin", files)
    commit_all(origin, "Results")
    for name, value in (("x", 0.1), ("y", 0.2)):
        job = tmp_path / f"job-{name}"
        git(tmp_path, "clone", "-q", str(origin), str(job))
        (job / f"experiments/a/{name}/metrics.json").write_text(METRICS % value)
        collected(job, tmp_path / f"parts/{name}.parquet")
    last = tmp_path / "last"
    git(tmp_path, "clone", "-q", str(origin), str(last))
    assert run(["refresh", "--from", "../parts"], last).code == 1
    page = (last / PAGE).read_text()
    assert "| x | 0.1000" in page
    assert "| y | 0.2000" in page


def test_problems_and_unfinished_runs_travel(tmp_path: Path) -> None:
    files = {
        "experiments/a/x/metrics.json": METRICS % 0.5,
        "experiments/a/bad/metrics.json": '{"test_loss": 0.',
        "experiments/a/begun/config.yaml": "learning_rate: 0.1\n",
        "experiments/a/begun/train_log.jsonl": '{"step": 1, "train_loss": 2}\n',
    }
    job, one = machine(tmp_path / "job", files), machine(tmp_path / "one", files)
    done = run(["collect", "--out", str(tmp_path / "p.parquet"), "--json"], job)
    assert done.code == 4
    assert json.loads(done.out)["problems"][0]["file"] == "experiments/a/bad/metrics.json"
    last = repository(tmp_path / "last", CONFIG)
    there, here = run(["refresh", "--from", "../p.parquet"], last), run(["refresh"], one)
    assert (there.code, there.out, there.err) == (here.code, here.out, here.err)
    assert there.code == 4
    assert (last / PAGE).read_bytes() == (one / PAGE).read_bytes()


def listed(path: str = "experiments/a/metrics.json", data: bytes = b'{"x": 1}') -> Listed:
    return Listed(path, len(data), lambda: data)


def made(part: Path, *files: Listed | Problem) -> Path:
    write(part, files or [listed()], 10**6, lambda: None)
    return part


def altered(part: Path, *, head: object = None, value: object = ...) -> None:
    """Rewrite a part with another head, or another text for its first file."""
    table = pq.read_table(part)
    metadata = dict(table.schema.metadata)
    if head is not None:
        attributes = head if isinstance(head, bytes) else json.dumps({"results-bot": head}).encode()
        metadata[b"PANDAS_ATTRS"] = attributes
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    if value is not ...:
        columns["artifact"][0] = value
    schema = table.schema.with_metadata(metadata)
    pq.write_table(pa.table(list(columns.values()), schema=schema), part)


HOSTILE = [
    ("{", "what no reader extracts"),
    ("[" * 100_000, "what no reader extracts"),
    ("[1]", "what no reader extracts"),
    ('{"path": "../../etc/passwd"}', "what no reader extracts"),
    ('{"path": "/etc/passwd"}', "what no reader extracts"),
    ('{"path": ""}', "what no reader extracts"),
    ('{"path": "a", "state": "eaten"}', "what no reader extracts"),
    ('{"path": "a", "pieces": [{"readings": [{"name": "x"}]}]}', "what no reader extracts"),
    ('{"path": "a", "pieces": [{"root": "../.."}]}', "what no reader extracts"),
    ('{"path": "a", "pieces": [{"status": "won"}]}', "what no reader extracts"),
    (None, "what no reader extracts|cannot be unpacked"),
]


@pytest.mark.parametrize(("value", "message"), HOSTILE)
def test_a_hostile_part_is_refused(value: str, message: str, tmp_path: Path) -> None:
    part = made(tmp_path / "p.parquet")
    altered(part, value=value)
    with pytest.raises(DamagedError, match=message) as caught:
        read(part)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("compression", ["zstd", "none"])
def test_a_small_part_that_unpacks_to_gigabytes_is_refused(
    compression: str, tmp_path: Path
) -> None:
    part = made(tmp_path / "p.parquet")
    schema = pq.read_schema(part)
    large = json.dumps({"path": "a", "reason": "x" * 1_000_000})
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 2_000), [large])
    table = pa.table([text, text, [None] * 2_000], schema.names)
    table = table.replace_schema_metadata(schema.metadata)
    pq.write_table(table, part, compression=compression)
    assert part.stat().st_size < 10_000_000
    with pytest.raises(DamagedError, match="unpacks to more than a part may hold"):
        read(part)


def test_a_part_of_another_version_stops_the_command(tmp_path: Path) -> None:
    last = repository(tmp_path / "last", CONFIG)
    part = made(tmp_path / "p.parquet")
    altered(part, head="results-bot 9.9\x1b[31m")
    done = run(["refresh", "--from", "../p.parquet"], last)
    assert done.code == 2
    assert done.line.startswith(
        "results-bot: ../p.parquet: was written by results-bot 9.9\u241b[31m, and this is "
    )
    altered(part, head=f"{program()} with mine = mine.reader")
    with pytest.raises(BotError, match="with mine = mine\\.reader, and this is"):
        read(part)
    for wrong in (b"", b"[]", b"{", b"[" * 10_000):
        altered(part, head=wrong)
        with pytest.raises(DamagedError, match="was not written by"):
            read(part)


def test_no_damage_gets_further_than_one_line(tmp_path: Path) -> None:
    part = tmp_path / "p.parquet"
    made(part, *(listed(f"experiments/{n}/metrics.json") for n in range(50)))
    whole = part.read_bytes()
    rng = random.Random(7)  # noqa: S311
    said: list[str] = []
    for _ in range(300):
        data = bytearray(whole)
        if rng.random() < 0.5:
            del data[rng.randrange(len(data)) :]
        else:
            for _ in range(rng.randrange(1, 20)):
                data[rng.randrange(len(data))] = rng.randrange(256)
        part.write_bytes(data)
        try:
            read(part)
        except (DamagedError, BotError) as error:
            said.append(str(error))
    assert len(said) > 150
    assert not [line for line in said if "\n" in line]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["refresh", "--from", "nowhere"], "nowhere: there is nothing here"),
        (["refresh", "--from", "."], ".: holds no .parquet file; `results-bot collect --out part"),
        (["collect", "--out", "x.json"], "x.json: expected a name that ends in .parquet"),
        (["collect", "--out", "x.parquet", "nowhere"], "nowhere: there is nothing here"),
        (["collect", "--out", "x.parquet", ".."], "..: lies outside the repository"),
        (["collect", "--out", "x.parquet", "other"], "other: no section's pattern allows anything"),
        (["collect", "--out", "x.parquet", "s3://b/x"], "s3://b/x: no section's pattern allows"),
        (["collect", "--out", "results-bot.toml/x.parquet"], "results-bot.toml/x.parquet: cannot"),
    ],
)
def test_wrong_use_is_one_line(arguments: list[str], message: str, tmp_path: Path) -> None:
    repo = repository(tmp_path / "r", CONFIG)
    (repo / "other").mkdir()
    done = run(arguments, repo)
    assert done.code == 2
    assert done.line.startswith(f"results-bot: {message}")
    assert not list(repo.glob("*.parquet"))
    assert not list(repo.glob(".results-bot-*"))


def test_a_folder_whose_name_begins_with_a_dot(tmp_path: Path) -> None:
    repo = repository(tmp_path / "r", CONFIG.replace("experiments/", ".benchmarks/"))
    (repo / ".benchmarks/a").mkdir(parents=True)
    (repo / ".benchmarks/a/metrics.json").write_text('{"accuracy": 0.5}', "utf-8")
    done = run(["collect", "--out", "p.parquet", ".benchmarks"], repo)
    assert (done.code, done.err) == (0, "")
    assert [*read(repo / "p.parquet")] == [".benchmarks/a/metrics.json"]


def test_what_lies_where_no_section_looks_is_counted(tmp_path: Path) -> None:
    made(tmp_path / "p.parquet", listed(), listed("elsewhere/a/metrics.json"))
    last = repository(tmp_path / "last", CONFIG)
    done = run(["refresh", "--from", "../p.parquet"], last)
    assert done.code == 1
    assert "parts: 1 file lies where no section looks" in done.err


def test_every_reader_comes_back_as_it_went(tmp_path: Path) -> None:
    files = [*walk(ROOT / "tests" / "collect" / "readers" / "data", ["**"])]
    back = read(made(tmp_path / "p.parquet", *files))
    expected = [read_one(one, 10**6) for one in files]
    assert [repr(artifact) for artifact, _ in back.values()] == list(map(repr, expected))
    assert sum(bool(one.pieces) for one in expected) > 20


def test_odd_values_and_names_come_back(tmp_path: Path) -> None:
    path = os.fsdecode(b'experiments/\xff"|\n/')
    numbers = ("NaN", "Infinity", "-Infinity", "-0.0", "5e-324", "0.30000000000000004", str(2**80))
    files: list[Listed | Problem] = [
        *(
            listed(f"{path}{at}/m.json", f'{{"test_loss": {number}, "lr": {number}}}'.encode())
            for at, number in enumerate(numbers)
        ),
        listed(f"{path}p.csv", b"prediction,target\n1,1\n0,1\n"),
        Problem('"quoted".json', "is a link"),
    ]
    part = made(tmp_path / "p.parquet", *files)
    expected = [read_one(one, 10**6) for one in files]
    assert [repr(artifact) for artifact, _ in read(part).values()] == list(map(repr, expected))
    assert Parts([str(part)], dict).read(f"{path}p.csv").startswith(b"prediction,target")


NAMES = st.sampled_from(["a", "a-b", "a.b", "b", "ab", "A", "é", "0", "10", "9"])


@given(st.lists(st.lists(NAMES, min_size=1, max_size=4), min_size=1, max_size=12), st.randoms())
def test_the_order_is_that_of_the_walk(
    tmp_path_factory: pytest.TempPathFactory, paths: list[list[str]], rng: random.Random
) -> None:
    root = tmp_path_factory.mktemp("walk")
    for parts in paths:
        folder = root.joinpath(*parts)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "m.json").write_text("{}")
        (folder / "a.json").write_text("{}")
    patterns = ["a/*", "a-b/**", "b/a/*", "*/a/**"]
    found = list(walk(root, patterns))
    mixed = list(found)
    rng.shuffle(mixed)
    assert in_walk_order(mixed, patterns) == found


def test_addresses_come_after_what_is_here() -> None:
    patterns = ["s3://b/x/*", "runs/*", "s3://b/x/y/*", "experiments/*"]
    assert starts(patterns) == ["experiments", "runs", "s3://b/x"]
    some = [Listed(p, 1, bytes) for p in ("s3://b/x/1/m", "runs/2/m", "experiments/3/m")]
    assert [path_of(one) for one in in_walk_order(some, patterns)] == [
        "experiments/3/m",
        "runs/2/m",
        "s3://b/x/1/m",
    ]
