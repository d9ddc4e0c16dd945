"""``dashcam roads`` on maps that are towns: what it lists, the route, and what it draws."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from tests.support.command_line import run
from tests.support.map_towns import ring, signal, signals, t_junction
from tools.roads.writer import geometry, road, straight, two_lanes, write_map


def test_it_lists_junctions_lights_and_lanes_and_draws_a_route(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, picture = t_junction(tmp_path, {1: signals(signal(1, 89.0))}), tmp_path / "map.png"
    assert run("roads", str(path), "--start", "1:-1", "--goal", "3:1", "--out", str(picture)) == 0
    text = capsys.readouterr().out
    assert "As a town: 12 lanes, 0.64 km, 50 km/h" in text
    assert "Signals: 1 group for cars, 1 head; 3 stop lines, 0 crossings" in text
    assert "3 lanes cannot be reached from another lane: 1:-1, 2:-1, 3:-1" in text
    assert "Route from lane 1:-1 to lane 3:1: 193 m, 0 changes of lane; at the junctions: right" in text
    pixels = imread(picture)[..., :3]
    assert (np.abs(pixels - np.array([0x1F, 0x5F, 0xD0]) / 255.0).max(axis=-1) < 0.02).sum() > 300, "the route is blue"


def test_it_names_the_lanes_outside_of_what_hangs_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("roads", str(ring(tmp_path))) == 0
    text = capsys.readouterr().out
    assert "1 lane, 0.33 km, leads back to itself" in text
    assert "1 lane cannot be reached from there: 2:-1" in text


BAD = {
    "a goal that cannot be reached": (("--start", "2:1", "--goal", "1:1"), "no way leads from lane 2:1 to lane 1:1"),
    "a start that leads nowhere": (("--start", "2:1"), "no way leads from lane 2:1 anywhere"),
    "a goal that nothing leads to": (("--goal", "2:-1"), "no way leads to lane 2:-1"),
    "a lane that is not there": (("--goal", "2:-9"), "has no lane '2:-9'"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_route_that_is_none_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    words, message = BAD[name]
    assert run("roads", str(t_junction(tmp_path)), *words) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "map.xodr" in error


def test_a_map_that_is_no_town_is_described_nevertheless(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_map(tmp_path, straight(1), road(2, 90, geometry(0, 6000, 5000, 0, 90), two_lanes()))
    assert run("roads", str(path)) == 0
    assert "no town" in capsys.readouterr().out.replace("\n", " ")
    assert run("roads", str(path), "--goal", "2:1") == 2
    assert "a town may cover 25 km^2" in capsys.readouterr().err.replace("\n", " ")
