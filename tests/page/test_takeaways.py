"""Takeaways: each sentence true with its numbers, and none where the tables do not bear it out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from math import nan

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from results_bot.escape import printable, visible
from results_bot.page.cells import parse
from results_bot.page.document import block_text, parse_page
from results_bot.page.facts import Facts
from results_bot.page.takeaways import EMPTY, render, takeaways

from tests.judge.build import Table, config, material


def said(tables: Mapping[str, Table], sort: str = "test_kl") -> list[str]:
    return takeaways(Facts(material(tables, sort=sort)))


def one(start: str, tables: Mapping[str, Table]) -> str:
    """Return the sentence that starts so, or nothing."""
    found = [sentence for sentence in said(tables) if sentence.startswith(f"**{start}")]
    assert len(found) < 2
    return found[0] if found else ""


def runs(**points: tuple[float, float]) -> dict[str, Table]:
    """Return one section of runs by divergence and validation loss."""
    return {"main": {name: {"test_kl": kl, "val_loss": val} for name, (kl, val) in points.items()}}


def kls(**values: float) -> dict[str, Table]:
    return {"main": {name: {"test_kl": value} for name, value in values.items()}}


BENT = runs(a=(0.30, 0.50), b=(0.32, 0.40), c=(0.40, 0.39), d=(0.41, 0.45))
APART = {
    "mnist": {f"m{i}": {"test_acc": 0.9 + i / 100, "test_num_samples": 10_000} for i in range(4)},
    "svhn": {f"s{i}": {"test_acc": 0.95 + i / 100, "test_num_samples": 26_032} for i in range(4)},
}


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        (BENT, "**Best Test KL (lower is better)**: `a` (**0.3000**), but with the worst Val Loss "
               "of its section (0.5000)."),
        (runs(a=(0.3, 0.45), b=(0.32, 0.4), c=(0.4, 0.5)),
         "**Best Test KL (lower is better)**: `a` (**0.3000**)."),
        # Equal at what the page shows: none of them alone is the best.
        (kls(a=0.30001, b=0.30002, c=0.4),
         "**Best Test KL (lower is better)**: `a` and `b` (**0.3000** each)."),
        (kls(a=0.3, b=nan, c=0.4, d=0.5), "**Best Test KL (lower is better)**: `a` (**0.3000**)."),
        (kls(a=0.3, b=0.3, c=0.3), ""),
        (kls(a=0.3, b=0.4), ""),
        (kls(a=nan, b=nan, c=nan), ""),
        (kls(a=0.3), ""),
        ({"main": {}}, ""),
        ({}, ""),
        ({"main": {name: {"wombats": 1.0} for name in "abcd"}}, ""),
    ],
)  # fmt: skip
def test_best(tables: Mapping[str, Table], expected: str) -> None:
    assert one("Best Test KL", tables) == expected


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        (BENT, "**Best balance**: `b` (Val Loss **0.4000**, Test KL **0.3200**): of the 3 runs "
               "that no other beats in both, the one that gives up least."),
        # On a straight line nobody gives up less than the others.
        (runs(a=(0.30, 0.50), b=(0.35, 0.45), c=(0.40, 0.40)), ""),
        (runs(a=(0.30, 0.50), b=(0.40, 0.40), c=(0.50, 0.60)), ""),
        (runs(a=(0.30, 0.40), b=(0.40, 0.50), c=(0.50, 0.60)), ""),
    ],
)  # fmt: skip
def test_balanced(tables: Mapping[str, Table], expected: str) -> None:
    assert one("Best balance", tables) == expected


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        (BENT, "**Lowest Val Loss**: `c` (**0.3900**), with Test KL at **0.4000** (+0.1000 against "
               "the best)."),
        (runs(a=(0.30, 0.40), b=(0.40, 0.50), c=(0.50, 0.60)), ""),
        (runs(a=(0.30, 0.50), b=(0.40, 0.40)), ""),
        (runs(a=(0.30, 0.50), b=(0.30, 0.40), c=(0.40, 0.60)),
         "**Lowest Val Loss**: `b` (**0.4000**), with Test KL at **0.3000** (best too)."),
        # Of equals the one that gives up least, whatever their order.
        (runs(a=(0.30, 0.50), d=(0.45, 0.40), e=(0.42, 0.40), f=(0.5, 0.45)),
         "**Lowest Val Loss**: `e` (**0.4000**, as has `d`), with Test KL at **0.4200** (+0.1200 "
         "against the best)."),
    ],
)  # fmt: skip
def test_tradeoff(tables: Mapping[str, Table], expected: str) -> None:
    assert one("Lowest", tables) == expected


def test_higher_is_better_is_turned_round() -> None:
    table = {n: {"test_acc": acc, "test_bleu": bleu}
             for n, acc, bleu in (("a", 0.9, 0.1), ("b", 0.89, 0.3), ("c", 0.7, 0.31))}  # fmt: skip
    sentences = said({"main": table}, sort="test_acc")
    assert sentences[0].startswith("**Best Test Accuracy (higher is better)**: `a` (**90.00%**)")
    assert sentences[1].startswith("**Best balance**: `b`")
    assert sentences[2] == (
        "**Highest Test BLEU**: `c` (**0.3100**), with Test Accuracy at **70.00%** (-20.00 pp "
        "against the best)."
    )


def plateau(*texts: float, f1: list[float] | None = None) -> dict[str, Table]:
    return {
        "main": {
            f"r{i}": {"test_kl": 0.3 + i / 7, "test_acc": value}
            | ({"test_f1": f1[i]} if f1 else {})
            for i, value in enumerate(texts)
        }
    }


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        (plateau(0.9, 0.9, 0.9, 0.9),
         "**Plateau**: Test Accuracy is **90.00%** in all 4 runs. Changing the settings did not "
         "move it."),
        (plateau(0.9, 0.9, 0.9, 0.9, 0.8, 0.7),
         "**Plateau**: Test Accuracy is **90.00%** in 4 of 6 runs. Changing the settings did not "
         "move it."),
        (plateau(0.9, 0.9, 0.9, 0.9, 0.8, f1=[0.5, 0.5, 0.5, 0.5, 0.4]),
         "**Plateau**: Test Accuracy is **90.00%** in 4 of 5 runs and Test F1 is **0.5000** in the "
         "same 4."),
        # Not the same four runs.
        (plateau(0.9, 0.9, 0.9, 0.9, 0.8, f1=[0.4, 0.5, 0.5, 0.5, 0.5]),
         "**Plateau**: Test Accuracy is **90.00%** in 4 of 5 runs and Test F1 is **0.5000** in 4 "
         "of 5 runs."),
        (plateau(1.0, 1.0, 1.0, 1.0),
         "**Plateau**: Test Accuracy is **100.00%** in all 4 runs: it cannot get better."),
        (plateau(0.9, 0.9, 0.9), ""),
        (plateau(0.9, 0.9, 0.9, 0.9, 0.8, 0.7, 0.6), ""),
    ],
)  # fmt: skip
def test_plateau(tables: Mapping[str, Table], expected: str) -> None:
    assert one("Plateau", tables) == expected


def family(own: list[float], rest: int = 14) -> dict[str, Table]:
    return kls(
        **{f"focal_{i}": value for i, value in enumerate(own)},
        **{f"x{i}": 0.30 + i / 1000 for i in range(rest)},
    )


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        (family([0.41, 0.42, 0.305]),
         "**`focal` runs** (3): Test KL is worse in two of three (0.4100 and 0.4200, against "
         "0.3000 to 0.3130)."),
        (family([0.21, 0.22]),
         "**`focal` runs** (2): Test KL is better in all of two (0.2100 and 0.2200, against 0.3000 "
         "to 0.3130)."),
        ({"main": {"diverged": {"test_kl": nan}, **family([0.21, 0.22])["main"]}},
         "**`focal` runs** (2): Test KL is better in all of two (0.2100 and 0.2200, against 0.3000 "
         "to 0.3130)."),
        (family([0.41, 0.305, 0.306]), ""),
        (family([0.305, 0.306]), ""),
        # Two of six are the last two by chance in every eighth page.
        (family([0.31, 0.32], rest=4), ""),
        (family([0.41], rest=14), ""),
    ],
)  # fmt: skip
def test_families(tables: Mapping[str, Table], expected: str) -> None:
    assert one("`focal`", tables) == expected


def test_a_short_word_makes_no_family() -> None:
    for size, found in (("tiny", 2), ("t", 1), ("384", 1)):
        behind = {f"convnext_{size}": 0.41, f"swin_{size}": 0.42}
        tables = kls(**behind, **{f"run_{i:03}": 0.3 + i / 1000 for i in range(14)})
        assert len(said(tables)) == found


def test_a_family_is_shown_without_the_spread_of_its_seeds() -> None:
    side = material(family([0.41, 0.42]))
    section = side.sections[0]
    seeds = tuple(
        replace(row, values={k: replace(v, text=f"{v.text} ± 0.0010 (n = 3)")
                             for k, v in row.values.items()})
        for row in section.rows
    )  # fmt: skip
    folded = replace(side, sections=(replace(section, rows=seeds),))
    assert takeaways(Facts(folded))[-1] == (
        "**`focal` runs** (2): Test KL is worse in all of two (0.4100 and 0.4200, against 0.3000 "
        "to 0.3130)."
    )


def test_left_out_says_why() -> None:
    table = {f"r{i}": {"test_kl": 0.3 + i / 100, "test_num_samples": 1484.0} for i in range(6)}
    table["old"] = {"test_kl": 14.0, "test_num_samples": 46.0}
    table["odd"] = {"test_kl": 0.2, "test_num_samples": 1200.0}
    assert one("Left out", {"main": table}) == (
        "**Left out** of the above, kept for the record: `odd` and `old`; measured on 46 and 1,200 "
        "samples where the rest have 1,484 or far off the rest (Test KL 14.0000 against a median "
        "of 0.3250)."
    )
    assert one("Best", {"main": table}).endswith("`r0` (**0.3000**).")
    assert one("Left out", kls(a=0.3, b=0.31, c=0.32, d=0.33)) == ""


def test_data_sets_are_not_mixed() -> None:
    sentences = said(APART, sort="test_acc")
    assert sentences[0].startswith("**Best Test Accuracy in Mnist (higher is better)**: `m3`")
    # Each data set has its best; nothing is said over both.
    assert sentences[1].startswith("**Best Test Accuracy in Svhn (higher is better)**: `s3`")
    assert not any("`s" in sentence and "`m" in sentence for sentence in sentences)
    assert not any("`s" in sentence for sentence in sentences[2:])
    known = {one: {run: {**values, "test_num_samples": 50_000.0} for run, values in table.items()}
             for one, table in APART.items()}  # fmt: skip
    assert said(known, sort="test_acc")[0].startswith("**Best Test Accuracy (higher is better)**")


def test_data_sets_of_one_section_are_not_mixed() -> None:
    sets = {"mnist": (0.97, 0.96, 0.95), "svhn": (0.91, 0.89, 0.9)}
    table = {f"{name}_{at}": {"test_acc": value} for name, own in sets.items()
             for at, value in enumerate(own)}  # fmt: skip
    assert said({"main": table}, sort="test_acc") == [
        "**Best Test Accuracy on mnist (higher is better)**: `mnist_0` (**97.00%**).",
        "**Best Test Accuracy on svhn (higher is better)**: `svhn_0` (**91.00%**).",
    ]


SEEDS = {"ppo": "0.9060 ± 0.0010 (n = 5)", "sac": "0.8900 ± 0.0010 (n = 5)",
         "td3": "0.8600 ± 0.0886 (n = 5)"}  # fmt: skip


@pytest.mark.parametrize(
    ("cells_of", "count", "expected"),
    [
        (SEEDS, 0, "**Highest Test F1**: `ppo` (**0.9060 ± 0.0010 (n = 5)**); 5 seeds do not tell "
                   "it apart from `td3`."),
        ({**SEEDS, "td3": "0.8600 ± 0.0010 (n = 5)"}, 0,
         "**Best Test F1 (higher is better)**: `ppo` (**0.9060 ± 0.0010 (n = 5)**)."),
        ({"a": "0.9060", "b": "0.9040", "c": "0.9020"}, 0,
         "**Best Test F1 (higher is better)**: `a` (**0.9060**)."),
        ({"a": "90.60%", "b": "90.40%", "c": "80.20%"}, 500,
         "**Highest Test Accuracy**: `a` (**90.60%**); 500 samples do not tell it apart from `b`."),
        ({"a": "90.60%", "b": "88.40%", "c": "80.20%"}, 50_000,
         "**Best Test Accuracy (higher is better)**: `a` (**90.60%**)."),
    ],
)  # fmt: skip
def test_best_only_where_noise_is_ruled_out(
    cells_of: Mapping[str, str], count: int, expected: str
) -> None:
    key = "test_accuracy" if count else "test_f1"
    counts = {"test_num_samples": count} if count else {}
    side = material({"main": {n: {key: parse(text).number or 0.0, **counts}
                              for n, text in cells_of.items()}})  # fmt: skip
    section = side.sections[0]
    rows = tuple(replace(row, values={key: parse(cells_of[row.run])}) for row in section.rows)
    shown = replace(side, sections=(replace(section, rows=rows),))
    assert takeaways(Facts(shown))[0] == expected


def test_a_training_metric_is_no_objective() -> None:
    table = {
        name: {"test_acc": test, "train_acc": train, "training_loss": 1 - train}
        for name, test, train in (("a", 0.93, 0.97), ("b", 0.90, 0.99), ("c", 0.89, 0.98))
    }
    assert said({"main": table}, sort="test_acc") == [
        "**Best Test Accuracy (higher is better)**: `a` (**93.00%**)."
    ]
    assert render(said({"main": table}, sort="train_acc")) == EMPTY


def test_a_cost_is_the_second_metric() -> None:
    table = {name: {"test_map50": ap, "test_map75": ap / 2 - fps / 1000, "fps": fps}
             for name, ap, fps in (("n", 0.5, 300), ("s", 0.6, 200), ("x", 0.65, 30))}  # fmt: skip
    sentences = said({"main": table}, sort="test_map50")
    assert any(sentence.startswith("**Highest FPS**: `n`") for sentence in sentences), sentences


def test_a_second_best_is_sought_in_all_sections_of_the_claim() -> None:
    def part(prefix: str, *points: tuple[float, float]) -> Table:
        return {f"{prefix}{at}": {"test_kl": kl, "val_loss": val, "test_num_samples": 1000}
                for at, (kl, val) in enumerate(points, 1)}  # fmt: skip

    tables = {"first": part("a", (0.30, 0.40), (0.33, 0.38), (0.36, 0.36)),
              "second": part("b", (0.31, 0.31), (0.37, 0.29), (0.34, 0.33))}  # fmt: skip
    assert one("Lowest", tables).startswith("**Lowest Val Loss**: `b2` (**0.2900**)")


def test_slow_and_accurate_run_is_not_left_out() -> None:
    table = {f"r{i}": {"test_acc": 0.8 + i / 100, "latency": 1.0 + i / 100} for i in range(5)}
    table["large"] = {"test_acc": 0.95, "latency": 30.0}
    sentences = said({"main": table}, sort="test_acc")
    assert sentences[0].startswith("**Best Test Accuracy (higher is better)**: `large`")
    assert not any("Left out" in sentence for sentence in sentences)


TAGS = {f"<{end}{tag}>" for tag in ("ul", "li", "strong", "code") for end in ("", "/")}
HOSTILE = st.one_of(
    st.text(min_size=1, max_size=15),
    st.text("|\\`*_<>[]()!~&#;:@-=+$ \n1.", min_size=1, max_size=15),
    st.sampled_from(["<img src=x>", "[a](http://e.x)", "@all", "a|b", "`", "``` x", "\n- item",
                     "</code><b>", "<!-- results-bot:end takeaways -->"]),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(HOSTILE.map(printable), min_size=4, max_size=6, unique=True), HOSTILE)
def test_hostile_names_stay_text(names: list[str], title: str) -> None:
    table = {
        name: {"test_kl": 0.3 + i / 9, "val_loss": 0.9 - i / 9, "test_acc": 0.5}
        for i, name in enumerate(names)
    }
    text = f"[metrics.test_kl]\ntitle = {_toml(printable(title))}\n[metrics.test_acc]\n"
    side = material({"main": table}, config(text + f"title = {_toml(printable(title))}"))
    block = render(takeaways(Facts(side)))
    html = cmarkgfm.github_flavored_markdown_to_html(block, Options.CMARK_OPT_UNSAFE)
    assert set(re.findall("<[^>]*>", html)) <= TAGS, block
    words = {word for name in names for word in re.split(r"[\W_]+", name.lower())}
    shown = [visible(unescape(name)) for name in re.findall("<code>(.*?)</code>", html, re.DOTALL)]
    assert {*shown} <= {*names, *words}
    assert shown
    assert block.count("\n") == len(takeaways(Facts(side))) - 1
    page = f"# Page\n\n{block_text('takeaways', block)}\n"
    assert parse_page(page).blocks["takeaways"].content == block


def _toml(text: str) -> str:
    return '"' + "".join(f"\\U{ord(c):08x}" for c in text) + '"'
