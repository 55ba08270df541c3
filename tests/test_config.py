"""The configuration: every mistake is named with its file and key, and what was expected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from results_bot.config import (
    DEFAULT_TOLERANCE,
    Config,
    MetricTable,
    SectionTable,
    has_table,
    parse,
)
from results_bot.config_edit import render
from results_bot.errors import ConfigError
from results_bot.model import Direction, Metric, Tolerance

SECTION = '[[sections]]\nid = "a"\nruns = ["x/*"]\n'


def address(pattern: str) -> str:
    return f'[[sections]]\nid = "a"\nruns = ["{pattern}"]\n'


MISTAKES = [
    ("page = 3", "page: expected `str`, got `int`"),
    ("pages = 'x'", "unknown key `pages`; expected one of page, run-title, generated"),
    ("x = [", "is not valid TOML: "),
    ("metrics = []", "metrics: expected a table, got `array`"),
    ("[metrics]\na = 3", "metrics.a: expected a table, got `int`"),
    ("[metrics.a]\ndirection = 'up'", "metrics.a.direction: 'up' is none of lower, higher, unkn"),
    ("[metrics.b]\n[metrics.a]\ntitel = 'x'", "metrics.a: unknown key `titel`; expected one of t"),
    ("[metrics.a]\nformat = '.4q'", "metrics.a.format: '.4q' is no number format; expected one"),
    ("[metrics.a]\nsources = [1]", "metrics.a.sources[0]: expected `str`, got `int`"),
    ("[metrics.a]\ntolerance = {relative = inf}", "metrics.a.tolerance.relative: expected `float`"),
    ("[metrics.a]\ntolerance = 1", "metrics.a.tolerance: expected a table such as { absolute"),
    ("tolerance = {relative = nan}", "tolerance.relative: expected `float` >= 0.0"),
    ("tolerance = {absolute = inf}", "tolerance.absolute: expected `float` <= 1000000000000.0"),
    ("tolerance = {relative = -1.0}", "tolerance.relative: expected `float` >= 0.0"),
    ("max-file-size-mb = inf", "max-file-size-mb: expected `float` <= 1000000.0"),
    ("max-file-size-mb = 0", "max-file-size-mb: expected"),
    ("rules = {twin-runs = 'fatal'}", "rules.twin-runs: 'fatal' is none of failure, warning, not"),
    ("[[sections]]\nruns = ['x']", "sections[0]: the key `id` is missing"),
    ("[sections]\nid = 'a'", "sections: expected `array`, got a table"),
    ("[[sections]]\nid = 'a b'\nruns = ['x']", "sections: id 'a b' is not allowed; use letters"),
    ("[[sections]]\nid = 'a--b'\nruns = ['x']", "sections: id 'a--b' is not allowed"),
    ("[[sections]]\nid = 'generated'\nruns = ['x']", "sections: id 'generated' is already taken"),
    (SECTION + SECTION, "sections: id 'a' is already taken"),
    ("[[sections]]\nid = 'a'", "sections.a.runs: is missing; expected patterns such as"),
    ("[[sections]]\nid = 'a'\nruns = ['../x']", "sections.a.runs: '../x' leaves the repository"),
    ("[[sections]]\nid = 'a'\nruns = ['/x']", "sections.a.runs: '/x' leaves the repository"),
    (SECTION + "sort = 'b'\ncolumns = ['c']", "sections.a.sort: 'b' is not among the columns"),
    (SECTION + "level = 9", "sections.a.level: expected `int` <= 6"),
    (SECTION + "tolerance = {kl = {relativ = 1}}", "sections.a.tolerance.kl: unknown key `relat"),
    (SECTION + "tolerance = {kl = {relative = inf}}", "sections.a.tolerance.kl.relative: expect"),
    ("scheduler = 'tcp://h:1'", "unknown key `scheduler`; expected one of page, run-title"),
    ("max-remote-files = 0", "max-remote-files: expected `int` >= 1"),
    (address("s3://me:hunter2@b/x/*"), "sections.a.runs: an address holds a password; cred"),
    (address("s3://hunter2@b/x/*"), "sections.a.runs: an address holds a password; credentials"),
    (address("s3://*/x"), "sections.a.runs: 's3://*/x': the first part must be a name, as in s3"),
    (address("S3://b/*"), "sections.a.runs: 'S3://b/*': write the scheme in lower case: s3://"),
    (address("zip://x::s3://b/*"), "sections.a.runs: 'zip://x::s3://b/*' chains addresses; give"),
    (address("s3://b/../x"), "sections.a.runs: 's3://b/../x' leaves the repository"),
    (
        SECTION + "by-folder = true\n" + SECTION.replace('"a"', '"a/b"'),
        "sections: id 'a/b' is among those of the section by folder 'a'; give it another",
    ),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_a_mistake_is_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "results-bot.toml")
    assert str(caught.value).startswith(f"results-bot.toml: {message}")
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_mistake_in_pyproject_is_named_with_its_whole_key() -> None:
    with pytest.raises(ConfigError, match=r"^pyproject\.toml: tool\.results-bot: unknown key `x`"):
        parse("[tool.results-bot]\nx = 1", "pyproject.toml")
    with pytest.raises(ConfigError, match=r"^pyproject\.toml: tool\.results-bot\.page: expected"):
        parse("[tool.results-bot]\npage = 1", "pyproject.toml")


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("[tool.results-bot]", True),
        ("[[ tool . 'results-bot'.sections ]]", True),
        ("[tool.black]\n# results-bot", False),
        ('dependencies = ["results-bot"]', False),
    ],
)
def test_whether_a_pyproject_configures_us(text: str, ours: bool) -> None:
    assert has_table(text) is ours


def test_no_settings_are_the_defaults() -> None:
    assert parse("", "results-bot.toml") == Config()
    assert parse("[project]\nname = 'x'", "pyproject.toml") == Config()


def test_a_metric_is_read_off_its_name_where_nothing_is_said() -> None:
    assert Config().metric("test_kl") == Metric(
        "test_kl", "Test KL", Direction.LOWER, "", "", ("test_kl",), DEFAULT_TOLERANCE
    )


def test_the_nearest_tolerance_counts() -> None:
    text = (
        "[metrics.kl]\ntolerance = {absolute = 2}\n" + SECTION + "tolerance = {kl = {absolute = 3}}"
    )
    config = parse(text, "results-bot.toml")
    assert config.metric("kl").tolerance == Tolerance(0, 2)
    assert config.metric("kl", config.sections[0]).tolerance == Tolerance(0, 3)


def test_a_title_stays_on_its_line() -> None:
    assert Config(metrics={"a": MetricTable(title="x\ny")}).metric("a").title == "x␊y"


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
METRICS = st.builds(
    MetricTable,
    title=TEXT,
    long_title=TEXT,
    direction=st.sampled_from([None, Direction.LOWER, Direction.HIGHER]),
    format=st.sampled_from(["", ".4f", ".2%", "d", ",.1f", ".1f%"]),
    sources=st.none() | st.lists(TEXT, max_size=3).map(tuple),
)
SECTIONS = st.builds(
    SectionTable,
    id=st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True),
    title=TEXT,
    level=st.integers(1, 6),
    runs=st.lists(st.from_regex(r"[a-zü '\"\\]{1,30}/\*", fullmatch=True), min_size=1).map(tuple),
    columns=st.lists(TEXT, max_size=8).map(tuple),
    run_title=TEXT,
    note=TEXT,
    narrative=TEXT,
)


@given(TEXT, st.dictionaries(TEXT, METRICS, max_size=3), st.lists(SECTIONS, max_size=2))
def test_what_init_writes_is_read_back(
    page: str, metrics: dict[str, MetricTable], sections: list[SectionTable]
) -> None:
    unique = {section.id: section for section in sections}
    config = Config(page=page, metrics=metrics, sections=tuple(unique.values()))
    assert parse(render(config, unclear=metrics), "results-bot.toml") == config
