"""Circuits from CSV files, driving on roads from files, and the commands that take them."""

import math
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import sim  # noqa: F401  # registers the environment
from sim.camera.projection import project
from sim.config import AppearanceConfig, CameraConfig, EnvConfig, RoadsConfig, TaskConfig
from sim.drivers import PurePursuitDriver
from sim.errors import UserError
from sim.roads.formats import read_roads
from sim.world import ENDINGS, World
from tests.support.command_line import run
from tools.roads.writer import lane, oval, section, straight, write_circuit, write_map

HEADING = "# x_m,y_m,w_tr_right_m,w_tr_left_m"


def distance_from_oval(points: np.ndarray) -> np.ndarray:
    line = np.array([oval(s) for s in np.arange(0.0, 400.0 + 2.0 * math.pi * 60.0, 0.2)])
    return np.hypot(*(points[:, None, :] - line[None, :, :]).transpose(2, 0, 1)).min(axis=1)


def test_lane_lies_to_the_right_of_the_centreline(tmp_path: Path) -> None:
    road = read_roads(write_circuit(tmp_path))[0]
    assert road.closed
    assert road.lane_width == pytest.approx(3.7)
    assert np.allclose(distance_from_oval(road.points), 1.85, atol=0.2)
    assert road.length == pytest.approx(400.0 + 2.0 * math.pi * 61.85, rel=0.005), "the right lane is the outer one"
    assert np.allclose(road.edges[:, 1:], [-6.0 + 1.85, 6.0 + 1.85], atol=0.01)


def test_noise_is_smoothed_before_the_lane_is_offset(tmp_path: Path) -> None:
    road = read_roads(write_circuit(tmp_path, noise=0.3))[0]
    assert np.abs(road.line.curvature).max() < 1.0 / 25.0
    assert np.abs(distance_from_oval(road.points) - 1.85).max() < 0.6


def test_narrow_circuit_has_a_narrower_lane(tmp_path: Path) -> None:
    road = read_roads(write_circuit(tmp_path, right=3.0, left=2.5))[0]
    assert road.lane_width == pytest.approx(3.0)
    with pytest.raises(UserError, match="too little for a lane"):
        read_roads(write_circuit(tmp_path, right=1.0, left=8.0))


def rows(count: int) -> list[str]:
    return [f"{20 * math.cos(0.1 * k):.2f},{20 * math.sin(0.1 * k):.2f},5,5" for k in range(count)]


BAD = {
    "three rows": ([HEADING, *rows(3)], "has 3 different points, but a circuit needs 8"),
    "other columns": (["# x,x_m,w,h", *rows(63)], "line 1: the columns are"),
    "other names": (["# x,y,left,right", *rows(63)], "line 1: the columns are '# x,y,left,right', but must be"),
    "grouped digits": ([HEADING, "2_0,0,5,5", *rows(62)], "line 2: x_m is '2_0', but must be a number"),
    "two columns": ([HEADING, *(row[: row.index(",5")] for row in rows(63))], "line 2: 2 columns, but a circuit has 4"),
    "decimal commas": ([HEADING, *(row.replace(".", ",") for row in rows(63))], "decimals must have points"),
    "semicolons": (
        [HEADING, *(row.replace(",", ";") for row in rows(63))],
        "line 2: the columns are separated by semicolons, but a circuit has 4, separated by commas, with points in "
        "decimals: x_m,y_m,w_tr_right_m,w_tr_left_m",
    ),
    "tabs": ([row.replace(",", "\t") for row in rows(63)], "line 1: the columns are separated by tabs"),
    "spaces": ([HEADING, *(row.replace(",", "  ") for row in rows(63))], "line 2: the columns are separated by spaces"),
    "racing line": (
        ["# made by hand; in metres", "# s_m; x_m; y_m; psi_rad", *(row.replace(",", ";") for row in rows(63))],
        "line 2: the columns are separated by semicolons",
    ),
    "markup": (["<html></html>"], "is no circuit but XML or HTML"),
    "not closed": (rows(63)[:52], "line 52: the track is not closed: its last point lies 22 m from its first"),
    "not closed, far": (
        [f"{5 * k},0,5,5" for k in range(60)],
        "line 60: the track is not closed: its last point lies 295",
    ),
    "a word": ([HEADING, *rows(62), "1,2,wide,3"], "line 64: w_tr_right_m is 'wide', but must be a number"),
    "not a number": ([HEADING, "nan,0,5,5", *rows(62)], "line 2: x_m is 'nan', but must be a finite number"),
    "infinite": ([HEADING, "0,inf,5,5", *rows(62)], "line 2: y_m is 'inf'"),
    "no width": ([HEADING, *rows(62), "20.0,-2.0,-3,5"], "line 64: the track is -3 + 5 m wide"),
    "a gap": ([HEADING, *rows(30), "900,0,5,5"], "the points of a circuit lie at most 100 m apart"),
    "too short": ([HEADING, *(f"{math.cos(k)},{math.sin(k)},1,1" for k in range(9))], "the circuit is"),
    "nothing": ([""], "is empty"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_bad_circuit_is_refused_with_its_line(tmp_path: Path, name: str) -> None:
    lines, sentence = BAD[name]
    path = tmp_path / "circuit.csv"
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(UserError) as caught:
        read_roads(path)
    assert sentence in str(caught.value)
    assert "circuit.csv" in str(caught.value)


def test_circuit_without_its_last_points_is_closed(tmp_path: Path) -> None:
    """One of 63 is missing; a remark before the columns may hold anything."""
    path = tmp_path / "circuit.csv"
    wide = [f"{60 * math.cos(0.1 * k):.2f},{60 * math.sin(0.1 * k):.2f},5,5" for k in range(62)]
    path.write_text("\n".join(["# by hand; x_m and y_m are in metres", HEADING, *wide]) + "\n")
    assert read_roads(path)[0].closed


def test_folded_circuit_is_refused(tmp_path: Path) -> None:
    """There and back again on the same line: no lane fits round its ends."""
    there = [f"{x},0,8,8" for x in range(0, 300, 5)]
    path = tmp_path / "hairpin.csv"
    path.write_text("\n".join([HEADING, *there, *reversed(there[1:-1])]) + "\n")
    with pytest.raises(UserError, match="the track folds near x"):
        read_roads(path)


def test_what_is_no_road_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x01" * 100)
    (tmp_path / "notes.txt").write_text("notes")
    for name, sentence in (
        ("missing.csv", "cannot be read"),
        ("folder.csv", "is no file"),
        ("binary.csv", "not a text in UTF-8"),
        ("notes.txt", "must end in .csv or .xodr"),
    ):
        with pytest.raises(UserError, match=sentence):
            read_roads(tmp_path / name)


def test_environment_drives_on_a_file(tmp_path: Path) -> None:
    path = str(write_circuit(tmp_path))
    env = gym.make("dashcam/LaneFollowing-v0", roads={"kind": "file", "file": path}, max_episode_steps=20)
    _, info = env.reset(seed=3)
    assert info["lane_width"] == pytest.approx(3.7)
    assert env.reset(seed=3)[1]["x"] == info["x"]
    with pytest.raises(UserError, match="a file needs the kind file"):
        RoadsConfig(file=path)


def world_on(path: Path, lane_name: str | None = None, camera: CameraConfig | None = None) -> World:
    roads = RoadsConfig(kind="file", file=str(path), lane=lane_name)
    task = TaskConfig(start="beginning", time_limit_s=200.0)
    world = World(
        EnvConfig(
            camera=camera or CameraConfig(width=8, height=8),
            roads=roads,
            task=task,
            appearance=AppearanceConfig(scenery=False),
        ),
        num_cars=1,
    )
    world.reset(road_seeds=[0])
    return world


def drive_to_the_end(world: World) -> tuple[str, list[float]]:
    """How a drive with pure pursuit ended, and the lane's width at every step."""
    widths, driver = [], PurePursuitDriver()
    while not world.done.all():
        world.step(driver.commands(world))
        widths.append(float(world.lane_width[0]))
    return ENDINGS[world.ended_by[0]], widths


def test_circuit_is_driven_once_around(tmp_path: Path) -> None:
    world = world_on(write_circuit(tmp_path))
    ending, _ = drive_to_the_end(world)
    assert ending == "completed"
    assert world.telemetry.progress[0] == pytest.approx(400.0 + 2.0 * math.pi * 61.85, rel=0.005)


def widening(tmp_path: Path) -> Path:
    """A lane that grows from 3 to 5 m, beside a lane for the other direction."""
    lanes = section(0, [lane(1)], [lane(-1, 'a="3" b="0.02" c="0" d="0"')])
    return write_map(tmp_path, straight(sections=lanes))


def test_lane_is_as_wide_as_the_file_says_everywhere(tmp_path: Path) -> None:
    world = world_on(widening(tmp_path))
    ending, widths = drive_to_the_end(world)
    assert ending == "completed"
    assert widths[0] == pytest.approx(3.0, abs=0.05)
    assert widths[-1] == pytest.approx(5.0, abs=0.05)
    assert world.telemetry.progress[0] == pytest.approx(100.0, abs=1.1)


def test_leaving_the_paved_lanes_ends_the_drive(tmp_path: Path) -> None:
    world = world_on(widening(tmp_path))
    while not world.done.all():
        world.step(np.array([[-0.2, 5.0]]))
    assert ENDINGS[world.ended_by[0]] == "off_road"
    half = 0.5 * float(world.lane_width[0])
    assert -half - 0.6 < world.telemetry.lateral_offset[0] < -half


def test_camera_sees_edge_lines_where_the_file_has_them(tmp_path: Path) -> None:
    """The right edge lies 1.5 m beside the car here and further out ahead."""
    camera = CameraConfig(width=320, height=240)
    picture = world_on(widening(tmp_path), camera=camera).render(0, camera).astype(float)
    for distance in (6.0, 12.0, 20.0):
        width = 3.0 + 0.02 * distance
        right_edge = -0.5 * width
        row, column = project(np.array([[distance, right_edge]]), camera)[0]
        window = slice(int(column) - 10, int(column) + 11)
        brightest = window.start + int(np.argmax(picture[int(row), window].mean(axis=1)))
        assert abs(brightest + 0.5 - column) <= 3.0, f"at {distance} m"


@pytest.mark.parametrize("lanes", [3, 4])
def test_the_landscape_beside_a_wide_road_is_green(tmp_path: Path, lanes: int) -> None:
    right = [lane(-number, 'a="3.75" b="0" c="0" d="0"') for number in range(1, lanes + 1)]
    path = write_map(tmp_path, straight(length=300.0, sections=section(0, [lane(1)], right)))
    camera = CameraConfig(width=96, height=96)
    red, green, blue = world_on(path, f"1:-{lanes}", camera).render(0, camera)[40:44, 88:].reshape(-1, 3).mean(axis=0)
    assert green > 1.1 * red
    assert green > 1.1 * blue


def test_a_circuit_far_from_the_origin_looks_as_it_does_near_it(tmp_path: Path) -> None:
    near = write_circuit(tmp_path)
    rows = np.loadtxt(near, delimiter=",")
    rows[:, :2] += 690_000.0, 5_334_000.0
    far = tmp_path / "far.csv"
    np.savetxt(far, rows, delimiter=",", header=HEADING[2:], fmt="%.6f")
    camera = CameraConfig(width=96, height=96)
    pictures = [world_on(path, camera=camera).render(0, camera).astype(int) for path in (near, far)]
    assert np.abs(pictures[0] - pictures[1]).mean() < 0.5
    assert read_roads(far)[0].origin != (0.0, 0.0)


def test_each_car_may_have_a_lane_of_its_own(tmp_path: Path) -> None:
    """Frames of several lanes of one file, together in one world, are those of each lane alone."""
    path = write_map(
        tmp_path, straight(sections=section(0, [lane(1)], [lane(-1), lane(-2, 'a="3" b="0" c="0" d="0"')]))
    )
    config = world_on(path, "all", CameraConfig(width=48, height=32)).config
    together = World(config, num_cars=3)
    together.reset(road_seeds=[0, 1, 2])
    for car in range(3):
        alone = World(config, num_cars=1)
        alone.reset(road_seeds=[car])
        assert np.array_equal(alone.frames[0], together.frames[car])
    assert sorted(together.lane_width.round(2)) == [3.0, 3.5, 3.5]


def test_scenery_stands_beside_the_road(tmp_path: Path) -> None:
    for path in (write_circuit(tmp_path), widening(tmp_path)):
        road = read_roads(path)[0]
        feet = road.objects[:, :2].astype(float)
        distances = np.hypot(*(feet[:, None, :] - road.points[None, :, :]).transpose(2, 0, 1)).min(axis=1)
        assert len(feet) > 3
        assert distances.min() > np.abs(road.edges[:, 1:]).max()


@pytest.mark.usefixtures("somewhere_else")
def test_roads_describes_and_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    circuit, road_map = write_circuit(tmp_path), widening(tmp_path)
    assert run("roads", str(circuit), "--out", "oval.png") == 0
    assert "3.70 m wide" in capsys.readouterr().out
    assert run("roads", str(road_map), "--lane", "1:-1", "--out", "map.svg") == 0
    said = capsys.readouterr().out
    for words in ("Traffic: on the right", "2 driving", "1:-1 *", "3.00 to 5.00 m wide"):
        assert words in said
    assert Path("oval.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in Path("map.svg").read_text()


@pytest.mark.usefixtures("somewhere_else")
def test_roads_from_files_are_evaluated_and_filmed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(widening(tmp_path))
    assert run("evaluate", "--road", path, "--lane", "1:-1", "--out", "scores") == 0
    assert "pure-pursuit" in capsys.readouterr().out
    assert run("play", "--road", path, "--record", "film.gif", "--seconds", "1") == 0
    for command in (("roads", path), ("evaluate", "--road", path), ("play", "--road", path, "--record", "f.gif")):
        assert run(*command, "--lane", "9:-1") == 2
        assert "has no road '9'" in capsys.readouterr().err


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = widening(tmp_path)
    before = read_roads(path)
    assert read_roads(path) is before
    path.write_text(path.read_text().replace('b="0.02"', 'b="0.01"'))
    assert read_roads(path)[0].edges[:, 0].max() == pytest.approx(4.0, abs=0.01)
