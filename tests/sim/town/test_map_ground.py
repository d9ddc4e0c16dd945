"""The ground of maps in the camera's map, and cars that drive through maps."""

from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import sim  # noqa: F401  registers the environments
from sim.camera.profile import PROFILE_ENTRIES, PROFILE_LEVELS
from sim.errors import UserError
from sim.roads.style import RoadStyle
from sim.town import ground_map
from sim.town.ground_map import ground_rows, paint_ground
from sim.town.opendrive.ground import plan_map
from sim.town.opendrive.town import MapTown, read_town
from sim.types import BoolArray
from tests.support.map_towns import ring, t_junction
from tools.towns.ground import ground_colors

STYLE = RoadStyle()


def is_color(town: MapTown, places: list[tuple[float, float]], color: tuple[float, float, float]) -> BoolArray:
    """Whether places, in the coordinates of the file, have a colour."""
    x, y = (np.array(places) - town.origin).T
    return np.asarray(np.abs(ground_colors(ground_rows(town), x, y) - color).max(axis=1) < 4.0)


@pytest.mark.parametrize("left_hand", [False, True])
def test_a_junction_is_asphalt_from_kerb_to_kerb(tmp_path: Path, left_hand: bool) -> None:
    town = read_town(t_junction(tmp_path, left_hand=left_hand))
    side = -1.0 if left_hand else 1.0
    grid = np.arange(-8.5, 8.5, 0.25)
    places = [(x, side * y) for x in grid.tolist() for y in (-2.9, -1.75, -0.4, 0.4, 1.75, 2.9)]
    places += [(x, side * y) for x in (-2.5, 2.5) for y in (-9.8, -10.2)]
    assert all(is_color(town, places, STYLE.asphalt))
    beyond = [(-7.0, -9.0 * side), (7.0, -9.0 * side), (0.0, 6.0 * side), (-50.0, 6.0 * side)]
    assert all(is_color(town, beyond, STYLE.ground))


def test_roads_are_paved_up_to_where_they_end(tmp_path: Path) -> None:
    town = read_town(t_junction(tmp_path))
    seam = [
        (side * (10.0 + step), y) for side in (-1.0, 1.0) for step in (-0.6, -0.3, 0.0, 0.3, 0.6) for y in (-2.5, 2.5)
    ]
    assert all(is_color(town, seam, STYLE.asphalt))


def test_large_maps_have_larger_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_map(read_town(t_junction(tmp_path)))
    small = paint_ground(plan)
    monkeypatch.setattr(ground_map, "MOST_CELLS", small.cells.size // 2)
    large = paint_ground(plan)
    assert small.cell_sizes == np.float32(ground_map.CELL) < large.cell_sizes <= ground_map.LARGEST_CELL
    assert large.cells.size < 0.6 * small.cells.size
    assert large.profiles.size == len(plan.sections) * PROFILE_LEVELS * PROFILE_ENTRIES


def test_a_map_that_memory_has_no_room_for_is_refused_in_a_sentence(tmp_path: Path) -> None:
    plan = plan_map(read_town(ring(tmp_path)))
    far = [ribbon._replace(x=ribbon.x * 1e5, y=ribbon.y * 1e5) for ribbon in plan.ribbons]
    with pytest.raises(UserError, match=r"^The map of this town would need .* GB, but only .*; drive a smaller one\.$"):
        paint_ground(plan._replace(ribbons=far))


def test_a_file_is_one_town_for_all_seeds_and_trips_go_between_places(tmp_path: Path) -> None:
    path = t_junction(tmp_path)
    camera = {"width": 40, "height": 40}
    env = gym.make("dashcam/Town-v0", roads={"file": str(path)}, camera=camera).unwrapped
    town = read_town(path)
    west, south = (np.array(place) - town.origin for place in ((-60.0, -1.75), (-1.75, -60.0)))
    _, info = env.reset(seed=3, options={"start": tuple(west), "goal": tuple(south)})
    assert env.world.town(0).name == path.name
    np.testing.assert_allclose((info["x"], info["y"]), west, atol=3.0)
    steps = (env.step(3 * 4 + 2)[-1]["command"] for _ in range(100))
    assert "right" in steps
    frames = [env.reset(seed=0, options={"road_seed": seed})[0] for seed in (5, 77)]
    np.testing.assert_array_equal(*frames)
    env.close()


def test_files_that_are_no_town_are_refused(tmp_path: Path) -> None:
    circuit = tmp_path / "circuit.csv"
    circuit.write_text("0,0,5,5\n10,0,5,5\n10,10,5,5\n", encoding="utf-8")
    for roads, said in (
        ({"file": str(circuit)}, "no XML"),
        ({"file": str(tmp_path / "none.xodr")}, "cannot be read"),
        ({"file": str(circuit), "lane": "1:-1"}, "a town has all lanes of its file; leave it out"),
    ):
        with pytest.raises(UserError, match=said):
            gym.make("dashcam/Town-v0", roads=roads)
