"""Format the number of a cell, and parse a cell back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import isfinite, isnan

from results_bot.model import Value

MISSING = "—"
ABSENT = frozenset({"", "-", "\u2013", MISSING, "n/a"})
"""What people write where a value is missing, in lower case."""

# A comma separates thousands, before three digits: `1,234` is a number, `0,35` is ambiguous.
_WHOLE = r"(?:\d{1,3}(?:[,_ ]\d{3})+|\d+)"
_NUMBER = rf"[-+\u2212]?(?:(?:{_WHOLE}(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|(?i:nan|inf))"
_CELL = re.compile(
    rf"(?P<number>{_NUMBER})\s*(?P<percent>%)?"
    rf"(?:\s*±\s*(?P<std>{_NUMBER})\s*(?P<both>%)?)?"
    r"(?:\s*\(n\s*=\s*(?P<n>\d+)\))?"
)
_UNIT = re.compile(r"(?: ?[A-Za-z\u00b5/]{1,8})?")
_SPEC = re.compile(r",?(?:\.\d+)?(?:f%|[defgp%])")


def number(value: float, spec: str) -> str:
    """Return `value` in the format `spec`: `.4f`, `.2%`, `d`.

    `.2f%` adds the sign to what is a percentage already, `.2p` shows a fraction as a percentage
    without the sign, and a unit may follow: `.1f ms`.
    """
    if not isfinite(value):
        return "NaN" if isnan(value) else ("inf" if value > 0 else "-inf")
    spec, unit = _parts(spec)
    if spec.endswith("d"):
        whole = value == round(value)
        text = format(round(value), spec) if whole else format(value, ".4f")
    elif spec.endswith("f%"):
        text = f"{value:{spec[:-1]}}%"
    elif spec.endswith("p"):
        text = format(value, f"{spec[:-1]}%")[:-1]
    else:
        text = format(value, spec)
    is_minus_zero = text.startswith("-") and not text.strip("-0.%,")
    return (text[1:] if is_minus_zero else text) + unit


@lru_cache(maxsize=1_024)
def _parts(spec: str) -> tuple[str, str]:
    """Return the format of the number alone, and the unit behind it."""
    found = _SPEC.match(spec)
    return (found[0], spec[found.end() :]) if found else (spec, "")


def signed(delta: float, spec: str) -> str:
    """Return a difference with its sign, in percentage points if the values are percentages."""
    own, unit = _parts(spec)
    if own.endswith("f%"):
        text = number(delta, own[:-1]) + " pp"
    elif own.endswith(("%", "p")):
        text = number(delta, f"{own[:-1]}p") + " pp"
    else:
        text = number(delta, own or ".4f") + unit
    return text if text.startswith("-") else f"+{text}"


def size(number: float, spec: str) -> str:
    """Return the size of a difference, in percentage points if the values are percentages."""
    return signed(abs(number), spec).removeprefix("+")


def replicates(mean: float, std: float, n: int, spec: str) -> str:
    """Return the text for `n` runs that differ only in their seed."""
    return f"{number(mean, spec)} ± {number(std, spec)} (n = {n})"


@lru_cache(maxsize=8_192)
def parse(text: str, spec: str = "") -> Value:
    """Parse the text of a cell; the number is rounded as the page shows it.

    `spec` is the column's format: with `.2f%` the cell `84.50%` is 84.5, as in the artifact.
    """
    spec, unit = _parts(spec)
    stripped = text.strip().removesuffix(unit).strip() if unit else text.strip()
    found = _CELL.fullmatch(stripped)
    if found is None:
        return Value(text)
    percent = spec.endswith("p") or bool(found["percent"] or found["both"])
    percent = percent and not spec.endswith("f%")
    return Value(
        text,
        _float(found["number"], percent),
        _float(found["std"], percent) if found["std"] else None,
        int(found["n"]) if found["n"] else None,
    )


def finite(values: Iterable[Value], spec: str) -> list[float]:
    """Return the finite numbers of cells, rounded as the page shows them."""
    shown = (parse(one.text, spec).number for one in values)
    return [one for one in shown if one is not None and isfinite(one)]


def places(text: str, spec: str = "") -> int | None:
    """Return the decimal places of the number in a cell; a percentage has two more.

    `spec` is the column's format; None if the cell holds no number.
    """
    spec, unit = _parts(spec)
    found = _CELL.fullmatch(text.strip().removesuffix(unit).strip())
    if found is None:
        return None
    mantissa, _, exponent = found["number"].lower().partition("e")
    percent = spec.endswith("p") or found["percent"] or found["both"]
    shift = 2 if percent and not spec.endswith("f%") else 0
    return len(mantissa.partition(".")[2]) - int(exponent or 0) + shift


def same(before: Value, after: Value) -> bool:
    """Return True if two cells are equal at the precision of the coarser one."""
    if before.text == after.text:
        return True
    # What the page shows decides, not the number behind it: 0.6000 and 0.5900 have four decimals.
    old, new = parse(before.text).number, parse(after.text).number
    if old is None or new is None:
        return False
    coarser, finer = sorted((places(before.text) or 0, places(after.text) or 0))
    if old == new or coarser == finer:
        return old == new
    return abs(new - old) <= 0.5001 * 10.0**-coarser


def spec_of(texts: Sequence[str]) -> str:
    """Return the format that the cells of a column were written with, a unit behind included."""
    numbers, units = [], []
    for text in texts:
        found = _CELL.match(text.strip())
        # NaN and infinity are written in one way only.
        if found and any(map(str.isdigit, found["number"])):
            unit = text.strip().removeprefix(found[0].rstrip())
            if _UNIT.fullmatch(unit):
                numbers.append(found)
                units.append(unit)
    if not numbers or len({*units}) > 1:
        return ""
    shown = [found["number"].lower() for found in numbers]
    digits = max(len(number.partition(".")[2]) for number in shown)
    if any("e" in number for number in shown):
        return f".4g{units[0]}"
    if all(found["percent"] or found["both"] for found in numbers):
        return f".{digits}%"
    comma = "," if any("," in number for number in shown) else ""
    return (f"{comma}.{digits}f" if digits else f"{comma}d") + units[0]


def last_digit(text: str, spec: str = "") -> float:
    """Return the value of one unit in the last digit of a cell: 0.0001 for `34.84%`."""
    found = places(text, spec)
    return 0.0 if found is None else 10.0**-found


def _float(text: str, percent: bool) -> float:
    digits = text.replace("\u2212", "-").replace(",", "").replace("_", "").replace(" ", "")
    if digits.lower().lstrip("+-") in ("nan", "inf"):
        return float(digits)
    mantissa, _, exponent = digits.lower().partition("e")
    # Shifting the point in the text gives the very number; dividing by 100 does not.
    return float(f"{mantissa}e{int(exponent or 0) - 2 if percent else int(exponent or 0)}")
