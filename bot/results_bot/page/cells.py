"""One number to the text of a cell, and back to what the text still tells."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import isfinite, isnan

from results_bot.patterns import later
from results_bot.table import Value

MISSING = "—"

# Thousands are separated before three digits: `1,234` is a number, `0,35` is anybody's guess.
_WHOLE = r"(?:\d{1,3}(?:[,_ ]\d{3})+|\d+)"
_NUMBER = rf"[-+\u2212]?(?:(?:{_WHOLE}(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|(?i:nan|inf))"
_CELL = later(
    rf"(?P<number>{_NUMBER})\s*(?P<percent>%)?"
    rf"(?:\s*±\s*(?P<std>{_NUMBER})\s*(?P<both>%)?)?"
    r"(?:\s*\(n\s*=\s*(?P<n>\d+)\))?"
)
_DIGITS = later(r"-?[0-9]+\.?[0-9]*")
_PERCENT = later(r"-?[0-9]+\.?[0-9]*%")
_PLAIN = later(r"[0-9.%\n-]*")
_NONFINITE = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}


def number(value: float, spec: str) -> str:
    """Return `value` by the format `spec`: `.4f`, `.2%`, `d`, or `.2f%`, a sign added."""
    if not isfinite(value):
        return "NaN" if isnan(value) else ("inf" if value > 0 else "-inf")
    if spec.endswith("d"):
        whole = value == round(value)
        return _signed_if_any(format(round(value), spec) if whole else format(value, ".4f"))
    return _signed_if_any(_template(spec).format(value))


def texts(values: list[float], spec: str) -> list[str]:
    """Return many numbers of one column, each as `number` writes it."""
    shown: Sequence[float] = values
    if spec.endswith("d") and isfinite(sum(values)):
        shown = list(map(round, values))
    if not values or shown != values or not isfinite(sum(values)):
        return [number(value, spec) for value in values]
    # All of them by one call.
    written = "\n".join([_template(spec)] * len(shown)).format(*shown).split("\n")
    return written if min(values) > 0 else list(map(_signed_if_any, written))


def _template(spec: str) -> str:
    return f"{{:{spec[:-1]}}}%" if spec.endswith("f%") else f"{{:{spec}}}"


def _signed_if_any(text: str) -> str:
    """Return a number's text without the sign where what is shown of it is zero."""
    return text[1:] if text.startswith("-") and not text.strip("-0.%,") else text


def signed(delta: float, spec: str) -> str:
    """Return a difference with its sign; in percentage points where values are percents."""
    if spec.endswith("f%"):
        text = number(delta, spec[:-1]) + " pp"
    elif spec.endswith("%"):
        text = number(delta * 100, spec.replace("%", "f")) + " pp"
    else:
        text = number(delta, spec or ".4f")
    return text if text.startswith("-") else f"+{text}"


def replicates(mean: float, std: float, n: int, spec: str) -> str:
    """Return the cell of `n` runs that differ only in their seed."""
    return f"{number(mean, spec)} ± {number(std, spec)} (n = {n})"


@lru_cache(maxsize=8_192)
def parse(text: str, spec: str = "") -> Value:
    """Return what a cell's text tells; the number is rounded as the page shows it.

    `spec` is the column's format: under `.2f%` the cell `84.50%` is 84.5, as the artifact says.
    """
    if _DIGITS.fullmatch(text):
        return Value(text, float(text))
    if _PERCENT.fullmatch(text):
        return Value(text, _float(text[:-1], not spec.endswith("f%")))
    stripped = text.strip()
    if stripped.lower() in _NONFINITE:
        return Value(text, _NONFINITE[stripped.lower()])
    found = _CELL.fullmatch(stripped)
    if found is None:
        return Value(text)
    percent = bool(found["percent"] or found["both"]) and not spec.endswith("f%")
    return Value(
        text,
        _float(found["number"], percent),
        _float(found["std"], percent) if found["std"] else None,
        int(found["n"]) if found["n"] else None,
    )


def numbers(texts: Sequence[str], spec: str = "") -> list[float | None]:
    """Return the numbers of many cells of one column, as `parse` tells them.

    Plain ones are all read at once: digits, points and minus signs, a percent sign at the end.
    """
    joined = "\n".join(texts)
    if _PLAIN.fullmatch(joined) and joined.count("%") == f"{joined}\n".count("%\n"):
        plain = joined.replace("%", "" if spec.endswith("f%") else "e-2").split("\n")
        if len(plain) == len(texts):
            try:
                return list(map(float, plain))
            except ValueError:
                pass  # A date, a version: one of them is no number.
    return [parse(text, spec).number for text in texts]


def places(text: str) -> int:
    """Return the decimal places of the number that a cell shows; a percent has two more."""
    found = _CELL.fullmatch(text.strip())
    if found is None:
        return 0
    mantissa, _, exponent = found["number"].lower().partition("e")
    digits = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return digits + 2 if found["percent"] or found["both"] else digits


def spec_of(texts: list[str]) -> str:
    """Return the format that a column's cells were written with."""
    cells = [found for text in texts if (found := _CELL.fullmatch(text.strip()))]
    # NaN and infinity are written in one way only.
    shown = [found for found in cells if any(map(str.isdigit, found["number"]))]
    if not shown:
        return ""
    numbers = [found["number"].lower() for found in shown]
    digits = max(len(number.partition(".")[2]) for number in numbers)
    if any("e" in number for number in numbers):
        return ".4g"
    if all(found["percent"] or found["both"] for found in shown):
        return f".{digits}%"
    comma = "," if any("," in number for number in numbers) else ""
    return f"{comma}.{digits}f" if digits else f"{comma}d"


def last_digit(text: str, spec: str = "") -> float:
    """Return what one more in the last digit that a cell shows is worth: 0.0001 for `34.84%`."""
    found = _CELL.fullmatch(text.strip())
    if found is None:
        return 0.0
    mantissa, _, exponent = found["number"].lower().partition("e")
    digits = len(mantissa.partition(".")[2])
    percent = bool(found["percent"]) and not spec.endswith("f%")
    return float(10.0 ** (int(exponent or 0) - digits - 2 * percent))


def _float(text: str, percent: bool) -> float:
    digits = text.replace("\u2212", "-").replace(",", "").replace("_", "").replace(" ", "")
    if digits.lower().lstrip("+-") in ("nan", "inf"):
        return float(digits)
    mantissa, _, exponent = digits.lower().partition("e")
    # Shifting the point in the text gives the very number; dividing by 100 does not.
    return float(f"{mantissa}e{int(exponent or 0) - 2 if percent else int(exponent or 0)}")
