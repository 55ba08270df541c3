"""What is put off is executed once, where something of it is used, and by one thread."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMES = """
import sys
from results_bot.lean import LEFT_OUT, PUT_OFF, put_off
before = set(sys.modules)
put_off()
waiting = {name for name in PUT_OFF if "__getattr__" in vars(sys.modules[name])}
assert waiting == set(PUT_OFF) - before
"""


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", NAMES + code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_refresh_needs_none_of_them() -> None:
    code = """
import results_bot.commands.refresh, results_bot.commands.hook, results_bot.judge.verdict, orjson
for name in PUT_OFF:
    print(len(vars(sys.modules[name])) > 12, name)
"""
    assert "True" not in python(code)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import inspect; print(inspect.isclass(int))", "True"),
        ("from textwrap import dedent; print(dedent('  a'))", "a"),
        ("from locale import *; print(callable(getlocale))", "True"),
        (
            "import signal; print(signal.Signals(15).name, 'SIGTERM' in vars(signal))",
            "SIGTERM True",
        ),
        ("import ipaddress; print(hasattr(ipaddress, 'no such'))", "False"),
        ("import inspect; print(inspect.__name__, inspect.__spec__.name)", "inspect inspect"),
        (
            "import pickle, ipaddress as i; print(pickle.loads(pickle.dumps(i.ip_address(1))))",
            "0.0.0.1",
        ),
        ("import click; print(click.Command('a').name)", "a"),
        ("import copy; print(copy.deepcopy([1]))", "[1]"),
        (
            "import string; known = dict(PUT_OFF['string'])\n"
            "print(string.Template('$a').template)\n"
            "print(known == {name: getattr(string, name) for name in known})",
            "$a\nTrue",
        ),
        ("import csv; print(*csv.reader(['a,b']))", "['a', 'b']"),
        ("import msgspec; print(msgspec.inspect.type_info(bool))", "BoolType()"),
        ("from msgspec.inspect import BoolType; print(BoolType())", "BoolType()"),
        (
            "import os, platform as p; said = p.system()\n"
            "print(said == os.uname().sysname == p.uname().system, p.system.__module__)",
            "True platform",
        ),
    ],
)
def test_they_are_as_ever(code: str, said: str) -> None:
    assert python(code) == said


def test_two_threads_load_one_at_once() -> None:
    code = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
together = Barrier(8)
def ask(_):
    together.wait()
    import inspect
    return str(inspect.signature(lambda a, *, b=1: a))
with ThreadPoolExecutor(8) as pool:
    print({*pool.map(ask, range(8))})
"""
    assert python(code) == "{'(a, *, b=1)'}"


def test_msgspec_leaves_typing_extensions_to_others() -> None:
    code = """
assert "msgspec" in sys.modules and LEFT_OUT not in sys.modules
import typing_extensions
put_off()
assert sys.modules[LEFT_OUT] is typing_extensions
from typing import TypedDict
import msgspec
class Some(TypedDict):
    a: typing_extensions.Required[int]
    b: typing_extensions.NotRequired[int]
print(msgspec.convert({"a": 1}, Some))
"""
    assert python(code) == "{'a': 1}"
