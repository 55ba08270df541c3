"""A chart as an SVG file with a stamp: the file tells what it shows and whether it is still whole.

A file whose stamp fits is not drawn again: the fonts and the version of the program that drew it
are those of another machine, perhaps, and an unchanged chart is no change.
"""

from __future__ import annotations

import re
from hashlib import sha256
from json import dumps

from msgspec import to_builtins

from results_bot.errors import ConfigError
from results_bot.page.charts import Chart
from results_bot.report.charts import specs

_STAMP = re.compile(rb"\n<!-- results-bot:chart ([0-9a-f]{16}) ([0-9a-f]{16}) -->\n\Z")


def draw(chart: Chart) -> bytes:
    """Return the SVG file. Raises ConfigError where what draws is not installed."""
    try:
        import vl_convert
        from altair import SCHEMA_VERSION
    except ImportError:
        raise ConfigError(
            "charts = true needs the packages that draw: pip install 'results-bot[charts]'"
        ) from None
    version = ".".join(SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    drawn: str = vl_convert.vegalite_to_svg(
        specs.spec(chart), vl_version=version, allowed_base_urls=[]
    )
    body = drawn.replace("\r\n", "\n").strip("\n").encode()
    return body + f"\n<!-- results-bot:chart {_shows(chart)} {_digest(body)} -->\n".encode()


def is_ours(file: bytes) -> bool:
    """Tell whether a file was drawn here, so that it may be replaced or taken away."""
    return _STAMP.search(_lf(file)) is not None


def is_true(file: bytes, chart: Chart) -> bool:
    """Tell whether a file shows this very chart and is as it was drawn."""
    content = _lf(file)
    found = _STAMP.search(content)
    if found is None:
        return False
    body = content[: found.start()]
    return found[1].decode() == _shows(chart) and found[2].decode() == _digest(body)


def _shows(chart: Chart) -> str:
    """Return a digest of the chart's data and of how charts look."""
    return _digest(dumps([specs.LOOK, chart.kind, to_builtins(chart)]).encode())


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]


def _lf(file: bytes) -> bytes:
    """Undo what git does to line ends on some machines."""
    return file.replace(b"\r\n", b"\n")
