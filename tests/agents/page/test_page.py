"""The report, in a real Chromium: it opens from disk, shows what it should, and its tables sort."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from agents.bundles.bundle import REFERENCE
from agents.page.conditions import conditions
from agents.page.contestants import Contestant, EvaluatedRun, contestants_of
from agents.page.maps import error_bins
from agents.page.moments import worst_step
from agents.policy import load_policy
from agents.scoring.suites import suite
from agents.scoring.trajectory import Trajectory
from tests.support.browser import browser, show
from tests.support.command_line import run
from tests.support.made_up import scores

ROADS = 5
FIGURES = {"scores", "better-score", "smaller-error", "score-profiles", "error-profiles", "map-0-0"}
NAME = "<b>$\\frac{1}$ & co"  # a folder may be called that


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the reference policy and of a copy with an odd name."""
    folder = tmp_path_factory.mktemp("report")
    shutil.copytree(REFERENCE, folder / "in" / NAME)
    words = ("evaluate", str(REFERENCE), str(folder / "in" / NAME), "--road-seeds", f"1000000:100000{ROADS - 1}")
    assert run(*words, "--report", str(folder / "out")) == 0
    return folder / "out" / "report.html"


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def opened(chrome: Chrome, page: Path) -> Chrome:
    show(chrome, page)
    return chrome


def test_page_opens_without_a_complaint_and_without_a_network(opened: Chrome, page: Path) -> None:
    assert opened.get_log("browser") == []
    assert opened.title.startswith("How reference and ")
    asked = opened.execute_script("return performance.getEntriesByType('resource').map(item => item.name)")
    assert [name for name in asked if not name.startswith("data:")] == []
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", page.read_text())
    assert page.stat().st_size < 4_000_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_are_drawn_in_colours_that_stand_out(chrome: Chrome, page: Path, scheme: str) -> None:
    show(chrome, page, scheme=scheme)
    figures = {item.get_attribute("data-figure"): item for item in chrome.find_elements(By.CSS_SELECTOR, "figure svg")}
    assert set(figures) >= FIGURES
    for name, figure in figures.items():
        size = figure.size
        assert min(size["width"], size["height"]) > 90, name
        assert figure.get_attribute("aria-label"), name
        assert len(figure.find_elements(By.CSS_SELECTOR, "path")) > 5, name
    surface = _luminance(chrome, "getComputedStyle(document.querySelector('section')).backgroundColor")
    text = _luminance(chrome, "getComputedStyle(document.querySelector('figure svg text')).fill")
    path = _luminance(
        chrome, "getComputedStyle(document.querySelector('[data-figure=scores] path[style*=series]')).stroke"
    )
    assert _contrast(text, surface) > 7.0
    assert _contrast(path, surface) > 3.0
    assert (surface < 0.5) == (scheme == "dark")


def _luminance(chrome: Chrome, color: str) -> float:
    """Relative luminance of a colour in the page, as WCAG 2 defines it."""
    values = (
        np.array([float(part) for part in re.findall(r"[\d.]+", chrome.execute_script(f"return {color}"))[:3]]) / 255
    )
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def _contrast(first: float, second: float) -> float:
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)


def test_pictures_of_worst_moments_are_there(opened: Chrome) -> None:
    pictures = opened.find_elements(By.CSS_SELECTOR, ".strip img")
    assert len(pictures) >= 2 * 3
    assert all(item.get_attribute("alt") for item in pictures)
    sizes = opened.execute_script("return Array.from(document.images, image => [image.complete, image.naturalWidth])")
    assert all(complete and width >= 36 for complete, width in sizes)


def test_drives_are_those_of_the_first_policy_until_others_are_chosen(opened: Chrome) -> None:
    assert set(_column(opened, "driver")) == {"reference"}
    assert len(_column(opened, "road")) == ROADS
    opened.find_element(By.CSS_SELECTOR, "select option[value='']").click()
    assert len(_column(opened, "road")) == 5 * ROADS
    assert "25 drives" in opened.find_element(By.ID, "shown").text
    assert NAME in _column(opened, "driver")


def test_tables_sort_by_mouse_and_by_keyboard(opened: Chrome) -> None:
    opened.find_element(By.CSS_SELECTOR, "select option[value='']").click()
    heading = _heading(opened, "offset m")
    heading.click()
    offsets = [float(text) for text in _column(opened, "offset m")]
    assert offsets == sorted(offsets)
    assert offsets[0] < offsets[-1]
    heading.send_keys(Keys.ENTER)
    assert [float(text) for text in _column(opened, "offset m")] == offsets[::-1]
    _heading(opened, "driver").send_keys(Keys.SPACE)
    drivers = _column(opened, "driver")
    assert drivers == sorted(drivers, key=str.lower)
    sorts = [item.get_attribute("aria-sort") for item in opened.find_elements(By.CSS_SELECTOR, "#drives-table th")]
    assert sorts == ["ascending", *["none"] * (len(sorts) - 1)]


def _heading(chrome: Chrome, name: str):
    return chrome.find_element(By.XPATH, f"//table[@id='drives-table']//th/button[text()='{name}']")


def _column(chrome: Chrome, name: str) -> list[str]:
    """What stands below a heading of the table of drives, in the rows that are shown."""
    return chrome.execute_script(
        """const table = document.getElementById("drives-table");
        const place = Array.from(table.tHead.rows[0].cells, cell => cell.textContent).indexOf(arguments[0]);
        const shown = Array.from(table.tBodies[0].rows).filter(row => !row.hidden);
        return shown.map(row => row.cells[place].textContent);""",
        name,
    )


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_cut_off_at_the_side(chrome: Chrome, page: Path, width: int) -> None:
    show(chrome, page, width)
    assert chrome.execute_script("return document.documentElement.scrollWidth") <= width
    assert chrome.execute_script("return window.innerWidth") == width


def test_page_says_how_it_was_made(opened: Chrome, page: Path) -> None:
    made = opened.find_element(By.ID, "made").text
    assert "dashcam evaluate" in made
    assert "--road-seeds 1000000:1000004" in made
    assert re.search(r"SHA-256 [0-9a-f]{64}", made)
    for name in ("numpy", "torch", "Python"):
        assert name in made
    assert opened.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"


def _drive(offsets: np.ndarray) -> Trajectory:
    """A drive with these lateral offsets [m] in a lane of 3.5 m."""
    values = dict.fromkeys((item.name for item in fields(Trajectory)), np.zeros(len(offsets)))
    values |= {"lateral_offset": offsets, "lane_width": np.full(len(offsets), 3.5)}
    values["infractions"] = np.zeros((len(offsets), 2), dtype=np.int64)
    return Trajectory(**{**values, "road_seed": 1, "route_length": 100.0, "ended_by": "completed"})


def test_worst_moment_is_the_first_departure_or_else_the_largest_offset() -> None:
    assert worst_step(_drive(np.array([0.0, 0.4, -0.9, 0.1]))) == 2
    assert worst_step(_drive(np.array([0.0, -1.8, 0.0, 2.5]))) == 1


def test_path_is_coloured_by_its_lateral_error() -> None:
    offsets = np.array([0.0, 0.24, -0.26, 0.6, -1.2, 1.74, -1.76])
    assert error_bins(_drive(offsets)).tolist() == [0, 0, 1, 2, 3, 3, 4]


def test_robustness_is_shown_by_corruption_and_severity() -> None:
    cells = suite("robust-v1").cells
    values = [0.8 if cell.corruption is None else 0.8 - 0.1 * cell.corruption.severity for cell in cells]
    driven = Contestant("ours", (EvaluatedRun(scores("ours", values, [cell.label for cell in cells]), load_policy()),))
    shown = conditions([driven], suite("robust-v1"))
    assert shown is not None
    (table,) = shown["tables"]
    assert len(table["rows"]) == 18
    assert table["rows"][0]["shares"] == pytest.approx([0.875, 0.75, 0.625, 0.5, 0.375, 0.625])
    assert "fog" in shown["chart"]


def test_runs_that_differ_in_their_seed_alone_count_as_one_learner(tmp_path: Path) -> None:
    policy, paths = load_policy(), [tmp_path / name for name in ("quick-0", "quick-1", "slow-0")]
    for path, (seed, rate) in zip(paths, [(0, 1e-3), (1, 1e-3), (0, 1e-4)], strict=True):
        path.mkdir()
        (path / "config.json").write_text(json.dumps({"seed": seed, "learning_rate": rate}))
    driven = [scores(path.name, [1.0, 0.5]) for path in paths]
    found = contestants_of(paths, [policy] * 3, [*driven, scores("random", [0.0, 0.0])])
    assert [(item.name, len(item.runs), item.learned) for item in found] == [
        ("quick", 2, True),
        ("slow-0", 1, True),
        ("random", 1, False),
    ]
    assert found[0].scores("driving_score").tolist() == [[1.0, 0.5], [1.0, 0.5]]


def test_a_learner_called_like_a_driver_without_learning_keeps_its_own_numbers() -> None:
    sharp = suite("sharp-v1")
    labels = [cell.label for cell in sharp.cells]
    driven = [scores(name, values, labels) for name, values in (("random", [1.0, 0.9]), ("random", [0.1, 0.0]))]
    found = contestants_of([Path("runs/random")], [load_policy()], driven)
    assert [item.name for item in found] == ["random (1)", "random"]
    shown = conditions(found, sharp)
    assert shown is not None
    assert [row["shares"] for row in shown["tables"][0]["rows"]] == [[1.0, 0.1], [0.9, 0.0]]
