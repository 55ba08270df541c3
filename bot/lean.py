"""What libraries import at their top and hardly ever need, put off until they do need it.

Those of every `refresh` bring along modules that it has no use for, such as the ones that take
source code apart for a signature nobody asks for. That is a third of what its start takes.
"""

from __future__ import annotations

import sys
from _thread import RLock
from importlib.util import find_spec, module_from_spec

PUT_OFF = ("inspect", "ipaddress", "locale", "signal", "textwrap")
"""Imported by dataclasses (of orjson), urllib (of pathlib), subprocess, itself, and msgspec."""
LEFT_OUT = "typing_extensions"
"""Msgspec takes from there what Python's typing has by now, and does without it."""


def put_off() -> None:
    """Make imports of these modules light; call it before the libraries are imported."""
    for name in PUT_OFF:
        if name not in sys.modules:
            _put_off(name)
    if LEFT_OUT not in sys.modules:
        sys.modules[LEFT_OUT] = None  # type: ignore[assignment] # As one that is not installed.
        try:
            import msgspec  # noqa: F401
        finally:
            del sys.modules[LEFT_OUT]


def _put_off(name: str) -> None:
    """Put a module in place that is executed when something in it is asked for.

    `importlib.util.LazyLoader` would do that, but when it is imported again, before Python 3.12.
    """
    spec = find_spec(name)
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

    vars(module)["__getattr__"] = load
    sys.modules[name] = module
