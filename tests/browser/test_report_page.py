"""The report page in a browser: clicked, typed at, narrowed, darkened, and judged by axe-core."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, Locator, expect

from tests.browser import material
from tests.browser.conftest import AXE, Open, Tab, missing


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> str:
    return material.write(tmp_path_factory.mktemp("usual"), material.usual())


def head(tab: Tab, text: str) -> Any:
    return tab.page.locator("section.table thead button", has_text=text)


def test_it_needs_no_network_and_its_policy_runs_nothing_else(usual: str, open_page: Open) -> None:
    tab = open_page(usual)
    count = tab.draw_all()
    assert count == 4
    # Vega would call each of them a Vega visualization.
    tab.page.wait_for_selector(f"[data-drawn] >> nth={count - 1}")
    assert tab.page.get_by_role("img", name="Val Loss").count() == count
    assert [url for url in tab.asked if not url.startswith("data:")] == [usual]
    assert "wait for approval" in tab.page.locator("h1").inner_text()
    blocked = tab.page.evaluate(
        """() => new Promise((done) => {
          document.addEventListener("securitypolicyviolation",
            (event) => done(event.violatedDirective));
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
        })"""
    )
    assert blocked.startswith("script-src")
    assert tab.page.evaluate("window.ran") is None
    assert any("Content Security Policy" in line for line in tab.said)
    tab.said.clear()


def test_columns_sort_best_first_then_worst_then_as_the_page(usual: str, open_page: Open) -> None:
    tab = open_page(usual)
    order = tab.names()
    accuracy = head(tab, "Test Accuracy")
    cell = tab.page.locator("section.table thead th", has_text="Test Accuracy")
    accuracy.click()
    assert tab.names()[:2] == ["fresh", "run-2"]
    assert cell.get_attribute("aria-sort") == "descending"
    accuracy.click()
    assert tab.names()[0] == "run-1"
    assert cell.get_attribute("aria-sort") == "ascending"
    accuracy.click()
    assert tab.names() == order
    head(tab, "Run").click()
    assert [name for name in tab.names() if name.startswith("run-")][-2:] == ["run-10", "run-11"]
    # Numbers sort by size, and blanks come last.
    head(tab, "Steps").click()
    assert tab.names()[:3] == ["run-0", "fresh", "run-1"]
    assert tab.names()[-1] == "run-9"


def test_the_filter_keeps_what_fits(usual: str, open_page: Open) -> None:
    tab = open_page(usual)
    tab.page.locator("#filter").fill("RUN-1")
    expect(tab.page.locator("#matches")).not_to_be_empty()
    assert sorted(tab.names()) == ["run-1", "run-10", "run-11"]
    assert tab.page.locator("#matches").inner_text() == "3 of 13 runs"
    tab.page.locator("#filter").press("Escape")
    assert len(tab.names()) == 13


def test_changed_cells_and_both_sides(usual: str, open_page: Open) -> None:
    tab = open_page(usual)
    tab.page.get_by_role("button", name="Changed only").click()
    assert sorted(tab.names()) == ["fresh", "run-1", "run-2", "run-9"]
    row = tab.page.locator("tr", has=tab.page.get_by_text("run-1", exact=True))
    worse = row.locator("td.worse")
    assert worse.count() == 2
    assert "was 0.3100, worse" in worse.first.inner_text()
    assert "▲" in worse.first.inner_text()
    assert tab.page.locator("tr.gone .tag").inner_text() == "gone"
    tab.page.get_by_role("button", name="Base and head").click()
    assert row.locator("td").nth(0).inner_text() == "0.3100"
    assert row.locator("td").nth(1).inner_text().startswith("0.5100")
    sides = tab.page.locator("thead tr").nth(1).locator("th")
    assert sides.all_inner_texts() == ["Base", "Head"] * 3


def test_seeds_unfold(usual: str, open_page: Open) -> None:
    tab = open_page(usual)
    fold = tab.page.get_by_role("button", name="Seeds of run-3")
    assert fold.get_attribute("aria-expanded") == "false"
    fold.click()
    assert tab.page.locator("tr.replicate").count() == 3
    focus = tab.page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focus == "Seeds of run-3"
    for _ in range(2):
        tab.page.get_by_role("button", name="Show seeds").click()
    assert tab.page.locator("tr.replicate").count() == 0


def hover(tab: Tab, point: Locator) -> Locator:
    """Point at it; a scroll that is still under way hides the tip, and the next move shows it."""
    tip = tab.page.locator("#tip")
    for _ in range(5):
        point.hover(force=True)
        try:
            tip.wait_for(state="visible", timeout=3_000)
        except Error:
            tab.page.mouse.move(0, 0)
        else:
            return tip
    raise AssertionError("the tip never came")


def test_hovering_a_point_names_the_run(usual: str, open_page: Open) -> None:
    tab = open_page(usual)
    tab.draw_all()
    tip = hover(tab, tab.page.locator("[data-chart=tradeoff] .mark-symbol.role-mark path").last)
    assert "Val Loss" in tip.inner_text()
    assert any(name in tip.inner_text() for name in tab.names())


def test_the_theme_follows_the_system_and_the_button(usual: str, open_page: Open) -> None:
    tab = open_page(usual, scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = tab.page.evaluate(paper)
    button = tab.page.locator("#theme")
    button.click()
    light = tab.page.evaluate(paper)
    assert button.get_attribute("aria-label") == "Theme: light"
    assert light != dark
    button.click()
    assert tab.page.evaluate(paper) == dark
    tab.page.reload()
    assert tab.page.locator("#theme-name").inner_text() == "Dark"


@pytest.mark.parametrize("width", [320, 760])
def test_a_narrow_page_scrolls_only_downwards(usual: str, open_page: Open, width: int) -> None:
    tab = open_page(usual, width=width)
    tab.draw_all()
    assert tab.page.evaluate("document.documentElement.scrollWidth") == width


def test_the_keyboard_is_enough(usual: str, open_page: Open) -> None:
    tab = open_page(usual)
    keys = tab.page.keyboard
    keys.press("Tab")
    assert tab.page.evaluate("document.activeElement.className") == "skip"
    keys.press("/")
    assert tab.page.evaluate("document.activeElement.id") == "filter"
    keys.type("run-1")
    expect(tab.page.locator("#matches")).not_to_be_empty()
    keys.press("Escape")
    for button in ("Changed only", "Base and head", "Show seeds"):
        keys.press("Tab")
        assert tab.page.evaluate("document.activeElement.textContent") == button
    for _ in range(3):
        keys.press("Tab")
    keys.press("Enter")
    sorted_now = tab.page.locator("section.table thead th[aria-sort]")
    assert sorted_now.count() == 1
    assert tab.page.evaluate("document.activeElement.dataset.column") is not None
    outline = tab.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_axe_finds_nothing_serious(usual: str, open_page: Open, width: int, scheme: str) -> None:
    if not AXE.is_file():
        missing("axe-core is not here (npm ci --prefix tests/browser)")
    tab = open_page(usual, width=width, scheme=scheme)
    tab.draw_all()
    for both in (False, True):
        if both:
            tab.page.get_by_role("button", name="Base and head").click()
            tab.page.get_by_role("button", name="Show seeds").click()
        # Through the debugger: the page's own policy would refuse it, and is right.
        tab.page.evaluate(AXE.read_text("utf-8"))
        found = tab.page.evaluate("axe.run().then((all) => all.violations)")
        grave = [one for one in found if one["impact"] in ("serious", "critical")]
        assert [(one["id"], [n["html"][:160] for n in one["nodes"][:3]]) for one in grave] == []


def test_hostile_names_stay_text(tmp_path: Path, open_page: Open) -> None:
    story = material.hostile()
    tab = open_page(material.write(tmp_path, story))
    tab.draw_all()
    assert set(material.HOSTILE[:3]) <= set(tab.names())
    assert tab.page.locator("main img, main script, main a:not([href^='#'])").count() == 0
    assert "49" not in tab.page.locator("#findings").inner_text().split()
    points = tab.page.locator("[data-chart=tradeoff] .mark-symbol.role-mark path")
    hover(tab, points.last)
    assert tab.page.locator("#tip img, #tip script").count() == 0
    head(tab, "Val Loss").click()
    assert [url for url in tab.asked if not url.startswith(("data:", "file:"))] == []


def test_twenty_thousand_rows_are_drawn_a_screen_at_a_time(tmp_path: Path, open_page: Open) -> None:
    address = material.write(tmp_path, material.large(20_000))
    tab = open_page(address)
    assert tab.page.locator("tbody tr").count() < 120
    assert tab.page.locator("section.table table").get_attribute("aria-rowcount") == "20001"
    tab.page.locator("section.table .scroll").evaluate(
        "node => { node.scrollTop = node.scrollHeight }"
    )
    expect(tab.page.locator("tbody tr .name").last).to_have_text("run-19999")
    last = tab.page.locator("tbody tr").last
    assert last.get_attribute("aria-rowindex") == "20001"
    head(tab, "Run").click()
    head(tab, "Run").click()
    assert tab.names()[0] == "run-19999"
    tab.page.locator("#filter").fill("run-0001")
    expect(tab.page.locator("#matches")).not_to_be_empty()
    assert len(tab.names()) == 10
    assert tab.page.locator("tbody tr.spacer").count() == 0


def test_the_history_marks_where_the_level_changed(usual: str, open_page: Open) -> None:
    tab = open_page(usual)
    tab.draw_all()
    figure = tab.page.locator("figure", has=tab.page.locator("[data-chart=history-nightly]"))
    assert "Level better from 2026-03-08 (00000000): mean 0.4095 to 0.3111" in figure.inner_text()
    assert figure.locator(".mark-rule.role-mark line").count() == 1
    # The values' own line, and one for each of two levels.
    assert figure.locator(".mark-line.role-mark path").count() == 3
    tip = hover(tab, figure.locator(".mark-symbol.role-mark path").nth(7))
    assert "Change of level" in tip.inner_text()


def test_a_reader_chooses_another_metric_of_the_trade_off(tmp_path: Path, open_page: Open) -> None:
    """The page's own two first; whatever is chosen, its title and its words follow."""
    tab = open_page(material.write(tmp_path, material.three()))
    tab.draw_all()
    figure = tab.page.locator("figure", has=tab.page.locator("select"))
    assert figure.locator("figcaption>span").first.inner_text() == "Val Loss against Test Accuracy"
    assert "Nightly: Val Loss orders the page, Test Accuracy is the next" in figure.inner_text()
    select = figure.get_by_role("combobox", name="Against")
    assert select.locator("option").all_inner_texts() == ["Test Accuracy", "F1"]
    select.select_option("F1")
    assert figure.locator("figcaption>span").first.inner_text() == "Val Loss against F1"
    chart = figure.get_by_role("img", name="Val Loss against F1, 9 runs")
    expect(chart.locator("svg")).to_contain_text("F1 (higher is better)")
