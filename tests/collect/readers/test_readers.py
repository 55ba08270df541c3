"""The list of readers: which reader is asked about a path, and how others are added."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from results_bot.collect import readers
from results_bot.collect.file import Listed
from results_bot.collect.paths import DATABASES, DEFAULT_FOLDERS

ROOT = Path(__file__).parents[3]
MARKS = '''"""Marks that a teacher gave."""
from results_bot.collect.extracted import Extracted
from results_bot.model import Reading

TITLE = "Marks"


def claims(path):
    return path.split("/")[-2:-1] == ["marks"]


def read(file):
    return [Extracted((Reading("accuracy", float(file.text), file.path),))]
'''


def test_every_module_is_in_the_list_once() -> None:
    there = {path.stem for path in Path(readers.__file__).parent.glob("[a-z]*.py")}
    names = [one.__name__ for one in readers.READERS if isinstance(one, ModuleType)]
    assert {name.rpartition(".")[2] for name in names} == there
    assert len(names) == len(readers.READERS) == len(there)


def test_the_formats_page_has_every_reader_and_folder() -> None:
    text = (ROOT / "docs" / "formats.md").read_text("utf-8")
    headings = re.findall(r"^## (.+)\n\nRecognised by: ", text, re.MULTILINE)
    assert sorted(headings) == sorted(reader.TITLE for reader in readers.READERS)
    searched = [*(f"`{folder}/`" for folder in DEFAULT_FOLDERS), *(f"`{one}`" for one in DATABASES)]
    assert not [one for one in searched if one not in text]


def test_a_reader_added_to_the_list_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that claims by folder, for files that no other reader wants."""
    marks = ModuleType("marks")
    exec(MARKS, marks.__dict__)  # noqa: S102 - our own text
    path = "experiments/a/marks/final.txt"
    assert not readers.is_claimed(path)
    monkeypatch.setattr(readers, "READERS", [*readers.READERS, marks])
    assert readers.is_claimed(path)
    found = readers.read_one(Listed(path, 3, lambda: b"0.5"), 100)
    assert (found.reader, found.pieces[0].readings[0].value) == ("Marks", 0.5)
    assert not readers.is_claimed("experiments/a/final.txt")


def test_an_installed_reader_is_asked_first_and_may_fail(tmp_path: Path) -> None:
    """A file that stops its reader is named beside the others."""
    site, repository = tmp_path / "site", tmp_path / "repository"
    metadata, folder = site / "marks-1.0.dist-info", repository / "experiments/a/marks"
    metadata.mkdir(parents=True)
    folder.mkdir(parents=True)
    (site / "marks.py").write_text(MARKS, "utf-8")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: marks\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[results_bot.readers]\nmarks = marks\n", "utf-8")
    for name, text in (("final.txt", "0.75\n"), ("again.json", "0.5\n"), ("none.txt", "absent\n")):
        (folder / name).write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "results_bot", "inspect", "experiments"],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'bot'}{os.pathsep}{site}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4, done.stderr
    for name in ("final.txt", "again.json"):
        assert f"experiments/a/marks/{name} (Marks): 1 number" in done.stdout
    reason = "stopped its reader, which is a bug: ValueError"
    assert f"experiments/a/marks/none.txt: {reason}" in done.stdout
