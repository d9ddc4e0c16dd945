"""Turns of road files: which ones a car gets round, the car that is the default there, and what the camera knows."""

import dataclasses
import math
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import sim  # noqa: F401  # registers the environment
from agents.cli import parse
from agents.drives.drivers import HumanDriver
from agents.training.command import train_command
from sim.camera.projection import project
from sim.config import ActionConfig, AppearanceConfig, CameraConfig, EnvConfig, RoadsConfig, TaskConfig, VehicleConfig
from sim.defaults import FILE_ACTIONS, FILE_VEHICLE, FULL_LOCK, REAR_TRACK
from sim.drivers import PurePursuitDriver
from sim.errors import UserError
from sim.fields import from_fields
from sim.roads.cells import CELL_SIZE, make_work, paint_cells
from sim.roads.centerline import sample
from sim.roads.formats import read_roads
from sim.roads.formats.opendrive import read_map
from sim.roads.formats.opendrive.routes import Router, all_routes, named_route
from sim.roads.road import map_extent, segment_rows
from sim.types import FloatArray
from sim.world import ENDINGS, World
from tools.roads import writer
from tools.roads.writer import geometry, lane, link, road, section, write_map

RIGHT_ANGLE = 0.5 * math.pi


def turning_lane(folder: Path, radius: float, angle: float) -> Path:
    """A lane of 3.5 m, straight on for 50 m, then to the right, and on for 50 m; nothing paved lies beside it."""
    reference = radius + 1.75
    length = reference * angle
    x, y = 50.0 + reference * math.sin(angle), -reference * (1.0 - math.cos(angle))
    plan = geometry(0, 0, 0, 0, 50) + geometry(50, 50, 0, 0, length, f'<arc curvature="{-1.0 / reference}"/>')
    plan += geometry(50 + length, x, y, -angle, 50)
    return write_map(folder, road(1, 100 + length, plan, section(0, right=[lane(-1)])))


def drive(path: Path, vehicle: VehicleConfig = FILE_VEHICLE) -> tuple[str, FloatArray, FloatArray]:
    """How pure pursuit's drive on a file's main lane ended, and speed [m/s] and offset [m] in every step."""
    config = EnvConfig(
        camera=CameraConfig(width=8, height=8, color="gray"),
        vehicle=vehicle,
        actions=FILE_ACTIONS,
        roads=RoadsConfig(kind="file", file=str(path)),
        task=TaskConfig(start="beginning", time_limit_s=300.0),
        appearance=AppearanceConfig(scenery=False),
    )
    world, driver = World(config, num_cars=1), PurePursuitDriver()
    world.reset(road_seeds=[0])
    rows = []
    while not world.done.all():
        world.step(driver.commands(world))
        rows.append((world.telemetry.speed[0], world.telemetry.lateral_offset[0]))
    return ENDINGS[world.ended_by[0]], *np.array(rows).T


def length_of(path: Path) -> float:
    item = read_roads(path)[0]
    return item.lane_distance(*item.route_bounds)


@pytest.mark.parametrize("vehicle", [FILE_VEHICLE, VehicleConfig()], ids=["full lock", "any lock"])
@pytest.mark.parametrize(("radius", "angle"), [(3.4, RIGHT_ANGLE), (2.6, RIGHT_ANGLE), (4.2, math.pi)])
def test_pure_pursuit_gets_round_the_turns_of_towns(
    tmp_path: Path, radius: float, angle: float, vehicle: VehicleConfig
) -> None:
    path = turning_lane(tmp_path, radius, angle)
    assert length_of(path) == pytest.approx(100.0 + radius * angle, abs=0.5)
    ending, speed, offset = drive(path, vehicle)
    assert ending == "completed"
    assert np.abs(offset).max() < 1.5, "within its lane"
    assert speed[60:].min() < math.sqrt(3.0 * radius), "it slows down"


def test_a_route_ends_before_a_turn_that_no_car_gets_round(tmp_path: Path) -> None:
    path = turning_lane(tmp_path, 3.0, math.pi)
    assert length_of(path) == pytest.approx(50.0, abs=2.0)
    assert drive(path)[0] == "completed"
    loop = road(1, 40, geometry(0, 0, 0, 0, 40, '<arc curvature="-0.2"/>'), section(0, right=[lane(-1)]))
    with pytest.raises(UserError, match=r"1:-1 can be driven over .* m only, for it turns more tightly than a car"):
        read_roads(write_map(tmp_path, loop))


def hairpin(folder: Path, radius: float) -> Path:
    """A circuit whose hairpin to the right has so small a radius in its middle, before it is smoothed."""
    corners = [(0.0, 30.0), (150.0, radius)]
    out = np.linspace(*corners, 80, endpoint=False)
    back = out[::-1] * (1.0, -1.0)
    angles = np.linspace(RIGHT_ANGLE, -RIGHT_ANGLE, 20, endpoint=False)
    sharp = np.stack([150.0 + radius * np.cos(angles), radius * np.sin(angles)], axis=1)
    angles = np.linspace(-RIGHT_ANGLE, -3.0 * RIGHT_ANGLE, 50, endpoint=False)[1:]
    wide = 30.0 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    points = np.concatenate([out, sharp, back, wide])
    path = folder / "hairpin.csv"
    np.savetxt(path, np.concatenate([points, np.full((len(points), 2), 6.0)], axis=1), delimiter=",", fmt="%.6f")
    return path


def test_a_circuit_is_driven_where_its_inner_lane_does_not_fold(tmp_path: Path) -> None:
    path = hairpin(tmp_path, 8.0)
    radius = 1.0 / np.abs(read_roads(path)[0].line.curvature).max()
    assert 3.0 < radius < 5.0
    assert drive(path)[0] == "completed"
    with pytest.raises(UserError, match=r"folds near x = 15\d, .* lane turns with a radius below 2.5 m"):
        read_roads(hairpin(tmp_path, 5.0))


def block(folder: Path) -> Path:
    """Four streets of 60 m around a block, counter-clockwise; turns of 6 m join them, which stand first in the file."""
    streets, turns, junctions = [], [], []
    size, radius = 60.0, 6.0
    x, y, heading = 0.0, 0.0, 0.0
    for number in range(1, 5):
        after = number % 4 + 1
        ends = link("predecessor", 20 + (number + 2) % 4 + 1) + link("successor", 20 + number)
        streets.append(road(number, size, geometry(0, x, y, heading, size), writer.two_lanes((None, None)), link=ends))
        x, y = x + size * math.cos(heading), y + size * math.sin(heading)
        length = radius * RIGHT_ANGLE
        arc = geometry(0, x, y, heading, length, f'<arc curvature="{1.0 / radius}"/>')
        ends = link("predecessor", number, "end") + link("successor", after, "start")
        inside = f'junction="{20 + number}"'
        turns.append(road(10 + number, length, arc, writer.two_lanes((-1, -1)), link=ends, attributes=inside))
        way = f'incomingRoad="{number}" connectingRoad="{10 + number}"'
        junctions.append(writer.junction(20 + number, "default", way, (-1, -1)))
        x -= radius * (math.sin(heading) - math.sin(heading + RIGHT_ANGLE))
        y += radius * (math.cos(heading) - math.cos(heading + RIGHT_ANGLE))
        heading += RIGHT_ANGLE
    return write_map(folder, *turns, *streets, *junctions)


def test_the_main_lane_joins_streets_and_turns_and_begins_outside_junctions(tmp_path: Path) -> None:
    router = Router(read_map(block(tmp_path)))
    main = all_routes(router)[0]
    assert main.name in ("1:-1", "2:-1", "3:-1", "4:-1")
    assert main.closed
    assert main.length == pytest.approx(240.0 + 4.0 * 7.75 * RIGHT_ANGLE, rel=0.01)
    covered = {piece for route in all_routes(router) for piece in route.pieces if piece.lane == -1}
    assert len(covered) == 8
    assert drive(block(tmp_path))[0] == "completed"


def crossing(folder: Path) -> Path:
    """A street of 2 x 100 m with a turn of 6 m to the right in its middle, into a street of 100 m."""
    radius = 6.0
    arc = geometry(0, 100, 0, 0, radius * RIGHT_ANGLE, f'<arc curvature="{-1.0 / radius}"/>')
    ends = [link("predecessor", 1, "end") + link("successor", number, "start") for number in (2, 3)]
    on = section(0, right=[lane(-1, links=(-1, -1))])
    joined = writer.junction(9, "default", 'incomingRoad="1" connectingRoad="11"', (-1, -1))
    ways = joined[joined.index("<connection") : joined.index("</junction>")]
    other = ways.replace("11", "12").replace('id="0"', 'id="1"')
    return write_map(
        folder,
        road(11, 12, geometry(0, 100, 0, 0, 12), on, link=ends[0], attributes='junction="9"'),
        road(12, radius * RIGHT_ANGLE, arc, on, link=ends[1], attributes='junction="9"'),
        road(1, 100, geometry(0, 0, 0, 0, 100), section(0, right=[lane(-1)]), link=link("successor", 9)),
        road(2, 100, geometry(0, 112, 0, 0, 100), section(0, right=[lane(-1)]), link=link("predecessor", 9)),
        road(3, 100, geometry(0, 106, -6, -RIGHT_ANGLE, 100), section(0, right=[lane(-1)])),
        joined.replace(ways, ways + other),
    )


def test_all_lanes_are_driven_and_few_of_them_twice(tmp_path: Path) -> None:
    """Both ways of a fork, each with the street before it; the main lane goes straight on."""
    routes = all_routes(Router(read_map(crossing(tmp_path))))
    assert [[str(piece) for piece in route.pieces] for route in routes] == [
        ["1:-1", "11:-1", "2:-1"],
        ["1:-1", "12:-1", "3:-1"],
    ]
    assert [route.name for route in routes] == ["1:-1", "12:-1"]


def test_a_route_ends_soon_after_it_joins_another(tmp_path: Path) -> None:
    """A side street leads into a long one, whose lane is the main one."""
    parts = [
        writer.straight(1, 100.0, link=link("successor", 9)),
        writer.straight(2, 40.0, 100.0, link=link("predecessor", 9) + link("successor", 3, "start")),
        writer.straight(3, 400.0, 140.0, link=link("predecessor", 2, "end")),
        road(4, 60, geometry(0, 40.0, 0, 0, 60), section(0, right=[lane(-1)]), link=link("successor", 9)),
    ]
    ways = [writer.junction(9, "direct", f'incomingRoad="{k}" linkedRoad="2"', (-1, -1)) for k in (1, 4)]
    inside = [way[way.index("<connection") : way.index("</junction>")] for way in ways]
    path = write_map(tmp_path, *parts, ways[0].replace(inside[0], "".join(inside)))
    routes = {route.name: route for route in all_routes(Router(read_map(path)))}
    assert [str(piece) for piece in routes["1:-1"].pieces] == ["1:-1", "2:-1", "3:-1"]
    assert [str(piece) for piece in routes["4:-1"].pieces] == ["4:-1", "2:-1"]
    assert routes["4:-1"].end == "it joins the route of lane 1:-1"
    assert len(named_route(Router(read_map(path)), "4:-1").pieces) == 3, "named alone, it goes on"


def test_a_lane_in_a_junction_is_driven_from_before_it(tmp_path: Path) -> None:
    router = Router(read_map(block(tmp_path)))
    route = named_route(router, "12:-1")
    assert [str(piece) for piece in route.pieces][:3] == ["2:-1", "12:-1", "3:-1"]
    assert route.name == "12:-1"


def test_cells_know_what_is_beside_a_tight_turn() -> None:
    """Distances from a turn of 3.4 m as the map tells them, against those from 20,000 places of the line."""
    radius = 3.4
    pieces = np.array([[30.0, 0.0, 0.0], [radius * RIGHT_ANGLE, 1.0 / radius, 1.0 / radius], [30.0, 0.0, 0.0]])
    line = sample(pieces, (0.0, 0.0, 0.3), closed=False)
    origin, extent = map_extent(line, 12.5)
    columns, rows, size = extent
    assert size < CELL_SIZE
    cells = np.empty(columns * rows, dtype=np.uint64)
    paint_cells(segment_rows(line, origin), extent, 12.5, 9.0, make_work(len(cells)), cells)
    random = np.random.default_rng(0)
    dense = dense_line(pieces)
    around = dense[np.abs(dense[:, 3] - 30.0 - 0.5 * pieces[1, 0]) < 8.0]
    for low, high, median, worst in ((-8.0, -2.0, 0.005, 0.06), (-2.0, 1.75, 0.005, 0.1), (1.75, 8.0, 0.005, 1.0)):
        x, y, heading, _ = around[random.integers(len(around), size=700)].T
        d = random.uniform(low, high, 700)
        places = np.stack([x - d * np.sin(heading), y + d * np.cos(heading)], axis=1)
        errors = np.abs(told(cells, columns, size, places - origin) - nearest(dense, places))
        assert np.median(errors) < median
        assert errors.max() < worst


def dense_line(pieces: FloatArray) -> FloatArray:
    """x, y [m], heading [rad] and station [m] of 20,000 places, from (0, 0) at a heading of 0.3 on."""
    s = np.linspace(0.0, pieces[:, 0].sum(), 20_000)
    ends = np.cumsum(pieces[:, 0])
    curvature = pieces[np.minimum(np.searchsorted(ends, s), len(pieces) - 1), 1]
    step = s[1]
    heading = 0.3 + np.concatenate([[0.0], np.cumsum(0.5 * (curvature[1:] + curvature[:-1]) * step)])
    middle = 0.5 * (heading[1:] + heading[:-1])
    x, y = (np.concatenate([[0.0], np.cumsum(turn(middle) * step)]) for turn in (np.cos, np.sin))
    return np.stack([x, y, heading, s], axis=1)


def nearest(dense: FloatArray, places: FloatArray) -> FloatArray:
    """Distance of ``places`` (K, 2) to the left of the nearest of the line's [m]."""
    result = np.empty(len(places))
    for index, place in enumerate(places):
        x, y, heading, _ = dense[np.argmin(((dense[:, :2] - place) ** 2).sum(axis=1))]
        result[index] = (place[1] - y) * math.cos(heading) - (place[0] - x) * math.sin(heading)
    return result


def told(cells: "np.ndarray[tuple[int], np.dtype[np.uint64]]", columns: int, size: float, at: FloatArray) -> FloatArray:
    """The same as the cells tell it, as in the docstring of ``sim.roads.cells``; ``at`` (K, 2) is in the map [m]."""
    column, row = np.floor(at / size).astype(np.int64).T
    cell = cells[row * columns + column]
    low, high = (half.astype(np.uint32).view(np.int32) for half in (cell & 0xFFFFFFFF, cell >> np.uint64(32)))
    d, curvature = ((low << 16) >> 16) / 2048.0, ((high << 22) >> 22) / 2048.0
    sine, cosine = ((high << 11) >> 21) / 1023.0, (high >> 21) / 1023.0
    x, y = (at - size * (np.stack([column, row], axis=1) + 0.5)).T
    u, v = cosine * x + sine * y, cosine * y - sine * x
    return np.asarray(d + v - 0.5 * curvature * u * u)


def test_the_car_for_files_turns_as_a_real_one() -> None:
    assert FILE_ACTIONS.steering_limit == FILE_VEHICLE.steering_max == max(FILE_ACTIONS.steering_commands) == FULL_LOCK
    assert FILE_VEHICLE.wheelbase / math.tan(FULL_LOCK) - 0.5 * REAR_TRACK == pytest.approx(3.8, abs=0.05)
    assert dataclasses.replace(FILE_VEHICLE, steering_max=VehicleConfig().steering_max) == VehicleConfig()


def test_defaults_go_by_the_roads_and_leave_what_is_chosen(tmp_path: Path) -> None:
    roads = {"kind": "file", "file": str(writer.write_circuit(tmp_path))}
    for make in (gym.make, gym.make_vec):
        env = make("dashcam/LaneFollowing-v0", roads=roads)
        config = (env.unwrapped if make is gym.make else env).config
        assert (config.vehicle, config.actions) == (FILE_VEHICLE, FILE_ACTIONS)
        env.close()
    chosen = gym.make(
        "dashcam/LaneFollowing-v0", roads=roads, actions={"target_speeds": [5.0]}, vehicle={"steering_max": 0.4}
    ).unwrapped.config
    assert chosen.actions == dataclasses.replace(FILE_ACTIONS, target_speeds=(5.0,))
    assert chosen.vehicle == dataclasses.replace(FILE_VEHICLE, steering_max=0.4)
    own = gym.make("dashcam/LaneFollowing-v0", roads=roads, actions=ActionConfig()).unwrapped.config
    assert own.actions == ActionConfig()
    drawn = gym.make("dashcam/LaneFollowing-v0", roads={"kind": "straight"}).unwrapped.config
    assert (drawn.vehicle, drawn.actions) == (VehicleConfig(), ActionConfig())
    assert from_fields(EnvConfig, dataclasses.asdict(chosen)) == chosen, "what is stored is complete"


def test_training_on_a_file_takes_that_car(tmp_path: Path) -> None:
    words = ["train", "--env.roads.kind", "file", "--env.roads.file", str(writer.write_circuit(tmp_path))]
    env = parse(words).config.env
    assert (env.vehicle, env.actions.steering, env.actions.steering_limit) == (FILE_VEHICLE, "change", FULL_LOCK)
    assert env.actions.target_speeds == FILE_ACTIONS.target_speeds
    assert parse(["train"]).config.env.actions.steering_limit == 0.2
    config = parse([*words, "--env.actions.steering-limit", "0.2"]).config
    assert config.env.actions.steering_limit == 0.2
    assert parse(train_command(config).split()[1:]).config == config


def test_a_person_can_turn_the_wheels_as_far(tmp_path: Path) -> None:
    human = HumanDriver()
    human.steering = 1.0
    for path, most in ((None, 0.2), (writer.write_circuit(tmp_path), FULL_LOCK)):
        roads = RoadsConfig(kind="file", file=str(path)) if path else RoadsConfig(kind="straight")
        world = World(EnvConfig(camera=CameraConfig(width=8, height=8), roads=roads), num_cars=1)
        assert human.commands(world)[0, 0] == most


def test_a_tight_turn_looks_like_one(tmp_path: Path) -> None:
    """From the middle of a turn to the right, the lane's left edge comes into view where it lies on paper."""
    radius, camera = 3.4, CameraConfig(width=320, height=240)
    path = turning_lane(tmp_path, radius, RIGHT_ANGLE)
    path.write_text(path.read_text().replace("broken", "solid"))
    roads = RoadsConfig(kind="file", file=str(path))
    world = World(EnvConfig(camera=camera, roads=roads, appearance=AppearanceConfig(scenery=False)), num_cars=1)
    world.reset(road_seeds=[0])
    angle = 0.25 * math.pi
    world.telemetry.x[0] = 50.0 + radius * math.sin(angle)
    world.telemetry.y[0] = -1.75 - radius * (1.0 - math.cos(angle))
    world.telemetry.heading[0] = -angle
    picture = world.render(0, camera).astype(float).mean(axis=2)
    for beyond in (1.0, 2.0, 3.0):  # m from the end of the turn, 45 degrees further on
        outer = radius + 1.75
        x = outer * math.sin(angle) + beyond * math.cos(angle)
        y = outer * math.cos(angle) - radius - beyond * math.sin(angle)
        row, column = project(np.array([[x, y]]), camera)[0]
        window = slice(int(column) - 14, int(column) + 15)
        brightest = window.start + int(np.argmax(picture[int(row), window]))
        assert abs(brightest + 0.5 - column) <= 5.0, f"{beyond} m beyond the turn"
