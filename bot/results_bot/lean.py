"""What libraries import at their top and hardly ever need, put off until they do need it.

Those of every `refresh` bring along modules that it has no use for, such as the ones that take
source code apart for a signature nobody asks for. That is a third of what its start takes.
"""

from __future__ import annotations

import os
import sys
from _thread import RLock
from collections.abc import Mapping
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
PUT_OFF: Mapping[str, Mapping[str, object]] = {
    "copy": {},  # Imported by dataclasses, which orjson imports.
    "csv": {},  # By our own readers of JSON that may be CSV.
    "inspect": {},  # By dataclasses.
    "ipaddress": {},  # By urllib, which pathlib imports.
    "locale": {},  # By subprocess.
    "msgspec.inspect": {},
    # By uuid, which msgspec imports. It asks for the system's name, as this answers too.
    **({"platform": {"system": lambda: os.uname().sysname}} if sys.platform == "linux" else {}),
    "signal": {},  # By subprocess.
    # By tomllib, for these; what else there is makes a pattern of its own.
    "string": {
        "ascii_letters": _ALPHABET + _ALPHABET.upper(),
        "digits": "0123456789",
        "hexdigits": "0123456789abcdefABCDEF",
    },
    "textwrap": {},  # By msgspec.
}
"""Modules, and what they have already that is asked for when they are imported."""
LEFT_OUT = "typing_extensions"
"""Msgspec takes from there what Python's typing has by now, and does without it."""


def put_off() -> None:
    """Make imports of these modules light; call it before the libraries are imported."""
    for name, known in PUT_OFF.items():
        if name not in sys.modules:
            _put_off(name, known)
    if LEFT_OUT not in sys.modules:
        sys.modules[LEFT_OUT] = None  # type: ignore[assignment] # As one that is not installed.
        try:
            import msgspec  # noqa: F401
        finally:
            del sys.modules[LEFT_OUT]


def _put_off(name: str, known: Mapping[str, object]) -> None:
    """Put a module in place that is executed when something in it is asked for.

    `importlib.util.LazyLoader` would do that, but when it is imported again, before Python 3.12.
    """
    package = name.rpartition(".")[0]
    above = find_spec(package) if package else None
    spec = PathFinder.find_spec(name, above.submodule_search_locations if above else None)
    if spec is None or spec.loader is None:
        return
    module, loader = module_from_spec(spec), spec.loader
    waiting, alone = [loader], RLock()

    def load(attribute: str) -> object:
        with alone:
            if waiting:
                waiting.pop().exec_module(module)
        try:
            return vars(module)[attribute]
        except KeyError:
            raise AttributeError(f"module {name!r} has no attribute {attribute!r}") from None

    vars(module).update(known, __getattr__=load)
    sys.modules[name] = module
