"""What stands in a town, seen by the camera: where it appears, what hides what, and which light a signal shows."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from sim.camera.look import LOOK_SCENERY, road_look
from sim.camera.picture import take_picture
from sim.camera.projection import aim
from sim.camera.rows import (
    ARROW_FIELDS,
    BOX_BRAKE,
    BOX_FIELDS,
    BOX_SHAPE,
    CAR,
    HEAD_FIELDS,
    HOUSE_BAY,
    HOUSE_COLOR,
    HOUSE_FIELDS,
    HOUSE_FRONT,
    HOUSE_ROOF,
    HOUSE_STOREY,
    LORRY,
    PANEL_FIELDS,
    PERSON,
    VAN,
)
from sim.camera.scenery import Rows, empty_scenery, scenery_of, write_scenery
from sim.camera.signs import DISC_BACK, NO_ENTRY_SIGN
from sim.config import CameraConfig
from sim.network.signals import GREEN, RED, YELLOW, program_state
from sim.roads.style import RoadStyle
from sim.types import ByteArray, Float32Array, Scenery
from tests.support.ground import plain_ground

HERE = (0.0, 0.0, 0.0)
ORIGIN = np.zeros(2)
CLEAR_DAY = road_look(RoadStyle(), 0.15)
CLEAR_DAY[LOOK_SCENERY] = 1.0
CAMERA = CameraConfig(width=320, height=240)


PROGRAM = np.array([100, 5, 0, 40, 30], dtype=np.int32)


def table(rows: Sequence[Sequence[float]], fields: int) -> Float32Array:
    return np.array(rows, dtype=np.float32).reshape(-1, fields)


def place_of(
    houses: Sequence[Sequence[float]] = (),
    boxes: Sequence[Sequence[float]] = (),
    panels: Sequence[Sequence[float]] = (),
    heads: Sequence[Sequence[float]] = (),
    arrows: Sequence[Sequence[float]] = (),
) -> Rows:
    """One signal group: green for 40 steps, yellow for 30, red for 30; the program is 5 steps ahead of the clock."""
    return Rows(
        houses=table(houses, HOUSE_FIELDS),
        boxes=table(boxes, BOX_FIELDS),
        trees=table([], PANEL_FIELDS),
        details=table(panels, PANEL_FIELDS),
        heads=table(heads, HEAD_FIELDS),
        arrows=table(arrows, ARROW_FIELDS),
        programs=PROGRAM[None],
    )


def house(
    x: float, y: float, height: float = 9.0, size: float = 5.0, color: float = 200.0, rise: float = 0.0
) -> list[float]:
    row = [0.0] * HOUSE_FIELDS
    row[:8] = [x, y, -1.0, 0.0, size, size, height, rise]
    row[HOUSE_COLOR : HOUSE_COLOR + 3] = [color, 0.5 * color, 0.5 * color]
    row[HOUSE_ROOF : HOUSE_ROOF + 3] = [90.0, 90.0, 140.0]
    row[HOUSE_STOREY], row[HOUSE_BAY], row[HOUSE_BAY + 1], row[HOUSE_FRONT] = 3.0, 2.0, 2.0, 0.0
    return row


def car(x: float, y: float, heading: float = 0.0, shape: int = CAR, brake: float = 0.0) -> list[float]:
    row = [x, y, math.cos(heading), math.sin(heading), 4.4, 1.8, 1.5, 40.0, 60.0, 190.0, 0.0, 0.0]
    row[BOX_SHAPE], row[BOX_BRAKE] = shape, brake
    return row


def sign(x: float, y: float, heading: float = math.pi, size: float = 0.8) -> list[float]:
    cos, sin = math.cos(heading), math.sin(heading)
    return [x, y, NO_ENTRY_SIGN, size, size, 1.0, 1.4 - 0.5 * size, cos, sin, DISC_BACK]


def head(x: float, y: float, height: float = 3.0, heading: float = math.pi) -> list[float]:
    return [x, y, height, math.cos(heading), math.sin(heading), 0.0]


def seen(
    rows: Rows | Scenery, pose: tuple[float, float, float] = HERE, camera: CameraConfig = CAMERA, clock: int = 0
) -> ByteArray:
    scenery = scenery_of(rows, ORIGIN) if isinstance(rows, Rows) else rows
    return take_picture(camera, pose, CLEAR_DAY, plain_ground(), 0, clock=clock, scenery=scenery)


def pixel_of(x: float, y: float, z: float, camera: CameraConfig = CAMERA) -> tuple[int, int]:
    ahead = np.array([x - camera.mounting_forward_m, y, z - camera.mounting_height_m])
    row, column = aim(ahead, camera)
    return int(row), int(column)


def changed(one: ByteArray, other: ByteArray) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray((one != other).any(axis=2))


def test_a_house_hides_what_is_behind_it_and_not_what_is_before_it() -> None:
    building = house(25.0, 0.0)
    alone = seen(place_of(houses=[building]))
    behind = {"boxes": [car(40.0, 0.0)], "panels": [sign(45.0, 1.0)], "heads": [head(38.0, -1.0)]}
    assert np.array_equal(seen(place_of(houses=[building], **behind)), alone)
    assert changed(seen(place_of(houses=[building], boxes=[car(14.0, 0.0)])), alone).sum() > 100
    assert changed(seen(place_of(houses=[building], panels=[sign(14.0, 1.0)])), alone).sum() > 20


def test_a_house_hides_the_part_that_lies_behind_it() -> None:
    building = house(30.0, 6.0)
    bus = car(40.0, 0.0, math.pi / 2.0, LORRY)
    bus[4] = 12.0
    alone, both = seen(place_of(houses=[building])), seen(place_of(houses=[building], boxes=[bus]))
    edge = pixel_of(35.0, 1.0, 0.0)[1]
    columns = np.flatnonzero(changed(alone, both).any(axis=0))
    assert columns.min() in (edge, edge + 1), "from the house's edge on"


def test_a_car_hides_a_sign_behind_it_and_not_one_before_it() -> None:
    low = sign(20.0, 0.0)
    low[6] = 0.2
    alone = seen(place_of(boxes=[car(12.0, 0.0, shape=VAN)]))
    assert np.array_equal(seen(place_of(boxes=[car(12.0, 0.0, shape=VAN)], panels=[low])), alone)
    low[0] = 8.0
    assert changed(seen(place_of(boxes=[car(12.0, 0.0, shape=VAN)], panels=[low])), alone).sum() > 20


def test_a_taller_house_is_seen_over_a_lower_one() -> None:
    low, tall = house(20.0, 0.0, height=4.0), house(60.0, 0.0, height=40.0, color=120.0)
    row, column = pixel_of(55.0, 0.0, 25.0)
    both = seen(place_of(houses=[low, tall]))
    assert np.array_equal(both[row, column], seen(place_of(houses=[tall]))[row, column])
    row, column = pixel_of(15.0, 0.3, 3.0)
    assert np.array_equal(both[row, column], seen(place_of(houses=[low]))[row, column])


@pytest.mark.parametrize("along_x", [True, False])
def test_a_gable_is_as_high_as_geometry_says(along_x: bool) -> None:
    building = house(40.0, 0.0, height=5.0, rise=4.0)
    if not along_x:
        building[2:4] = [0.0, 1.0]
    bare, picture = seen(place_of()), seen(place_of(houses=[building]))
    column = pixel_of(40.0, 0.0, 0.0)[1]
    top = int(np.flatnonzero(changed(bare, picture)[:, column])[0])
    wanted = pixel_of(40.0 if along_x else 35.0, 0.0, 9.0)[0]
    assert abs(top - wanted) <= 1, "the ridge lies over the middle, a gable in the wall"


@pytest.mark.parametrize(("x", "y"), [(12.0, 3.0), (20.0, -6.0), (30.0, 0.0)])
def test_a_sign_is_seen_where_the_projection_puts_it_and_gray_from_behind(x: float, y: float) -> None:
    row, column = pixel_of(x, y, 1.4 + 0.25)
    red, green, blue = seen(place_of(panels=[sign(x, y)]))[row, column].astype(int)
    assert red > max(green, blue) + 60
    red, green, blue = seen(place_of(panels=[sign(x, y, 0.0)]))[row, column].astype(int)
    assert max(red, green, blue) - min(red, green, blue) < 25


def lamp_pixels(clock: int, distance: float = 25.0, camera: CameraConfig | None = None) -> tuple[ByteArray, ByteArray]:
    """Frames with and without a head so far ahead."""
    small = camera or CameraConfig()
    rows = place_of(heads=[head(distance + small.mounting_forward_m, -3.0)])
    return seen(rows, camera=small, clock=clock), seen(place_of(), camera=small)


def test_a_lamp_follows_its_program() -> None:
    state_of = {0: RED, 1: YELLOW, 2: GREEN}
    frames = {}
    scenery = scenery_of(place_of(heads=[head(26.4, -3.0)]), ORIGIN)
    for clock in range(0, 230, 3):
        picture = seen(scenery, camera=CameraConfig(), clock=clock)
        state = program_state(PROGRAM, clock)
        assert state in state_of
        assert np.array_equal(frames.setdefault(state, picture), picture), f"the same light in step {clock}"
    assert len({frame.tobytes() for frame in frames.values()}) == 3


@pytest.mark.parametrize(("clock", "state"), [(0, GREEN), (50, YELLOW), (80, RED)])
def test_a_lamp_can_be_told_from_25_m_in_a_small_frame(clock: int, state: int) -> None:
    picture, bare = lamp_pixels(clock)
    assert program_state(PROGRAM, clock) == state
    new = picture[changed(picture, bare)].astype(int)
    red, green, blue = new.T
    full = {
        RED: (red > 180) & (green < 90),
        YELLOW: (red > 180) & (green > 120) & (blue < 90),
        GREEN: (green > 170) & (red < 100),
    }
    assert {key: int(pixels.sum()) >= 2 for key, pixels in full.items()} == {key: key == state for key in full}


def test_no_lamp_is_seen_from_behind_or_through_a_house() -> None:
    for rows in (
        place_of(heads=[head(20.0, 0.0, heading=0.0)]),
        place_of(houses=[house(12.0, 0.0)], heads=[head(25.0, 0.0)]),
    ):
        assert len({seen(rows, clock=clock).tobytes() for clock in (0, 50, 80)}) == 1


def test_brakes_light_up_at_the_rear_alone() -> None:
    rear, braking = (seen(place_of(boxes=[car(10.0, 0.0, brake=brake)])) for brake in (0.0, 1.0))
    assert changed(rear, braking).sum() > 10
    front, pressed = (seen(place_of(boxes=[car(10.0, 0.0, math.pi, brake=brake)])) for brake in (0.0, 1.0))
    assert np.array_equal(front, pressed)


@pytest.mark.parametrize("shape", [CAR, VAN, LORRY, PERSON])
@pytest.mark.parametrize("heading", [0.0, 0.7, 1.6, 2.5, 3.1, -1.2])
def test_a_box_covers_the_pixels_that_its_corners_enclose(shape: int, heading: float) -> None:
    picture, bare = seen(place_of(boxes=[car(14.0, 1.0, heading, shape)])), seen(place_of())
    cos, sin, margin = math.cos(heading), math.sin(heading), 0.2
    corners = [
        pixel_of(14.0 + cos * u - sin * v, 1.0 + sin * u + cos * v, z)
        for u in (-2.2 - margin, 2.2 + margin)
        for v in (-0.9 - margin, 0.9 + margin)
        for z in (0.0, 1.5)
    ]
    rows, columns = np.nonzero(changed(picture, bare))
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    assert low[0] - 1 <= rows.min() <= rows.max() <= high[0] + 1
    assert low[1] - 1 <= columns.min() <= columns.max() <= high[1] + 1
    assert columns.min() <= low[1] + 6, "and reaches them, but for the shadow's margin"
    assert columns.max() >= high[1] - 6


def test_an_arrow_lies_on_its_lane() -> None:
    rows = place_of(arrows=[[12.0, 0.0, 1.0, 0.0, 4.0]])
    new = np.argwhere(changed(seen(rows), seen(place_of())))
    for x in (10.0, 11.0, 12.0):
        assert list(pixel_of(x, 0.0, 0.0)) in new.tolist(), f"its shaft {x} m ahead"
    assert new[:, 0].max() <= pixel_of(9.5, 0.0, 0.0)[0] + 1
    assert new[:, 0].min() >= pixel_of(14.5, 0.0, 0.0)[0] - 1


def test_what_is_behind_the_camera_too_far_or_nowhere_is_not_drawn() -> None:
    bare = seen(place_of())
    for x, y in ((-20.0, 2.0), (-8.0, -6.0), (160.0, 0.0), (3.0, 60.0), (math.nan, 0.0), (20.0, math.inf)):
        rows = place_of([house(x, y)], [car(x, y)], [sign(x, y)], [head(x, y)], [[x, y, 1.0, 0.0, 4.0]])
        assert np.array_equal(seen(rows), bare), f"at {x}, {y}"


def test_a_frame_without_scenery_shows_none() -> None:
    look = CLEAR_DAY.copy()
    look[LOOK_SCENERY] = 0.0
    scenery = scenery_of(place_of(houses=[house(20.0, 0.0)]), ORIGIN)
    one = take_picture(CAMERA, HERE, look, plain_ground(), 0, scenery=scenery)
    assert np.array_equal(one, take_picture(CAMERA, HERE, look, plain_ground(), 0))


def test_a_slot_shows_what_stands_there_whatever_stands_in_others() -> None:
    small = scenery_of(place_of(boxes=[car(10.0, 0.0)], heads=[head(20.0, 2.0)]), ORIGIN)
    large = scenery_of(place_of(houses=[house(20.0 * k, 30.0) for k in range(6)]), ORIGIN)
    roomy = [np.zeros((1, *np.maximum(a.shape, b.shape)[1:])) for a, b in zip(small, large, strict=True)]
    both = empty_scenery(2, Scenery._make(roomy))
    write_scenery(both, 0, large)
    write_scenery(both, 1, small)
    ground = plain_ground()
    ground = ground._replace(**{name: np.repeat(getattr(ground, name), 2, axis=0) for name in ground._fields})
    picture = take_picture(CAMERA, HERE, CLEAR_DAY, ground, 1, scenery=both)
    assert np.array_equal(picture, seen(place_of(boxes=[car(10.0, 0.0)], heads=[head(20.0, 2.0)])))


def test_far_windows_do_not_flicker_when_the_car_creeps() -> None:
    scenery = scenery_of(place_of(houses=[house(70.0, -8.0, height=15.0, size=9.0)]), ORIGIN)
    camera = CameraConfig()
    inside = slice(pixel_of(61.0, -5.0, 12.0, camera)[0], pixel_of(61.0, -5.0, 3.0, camera)[0])
    columns = slice(pixel_of(61.0, -2.0, 5.0, camera)[1], pixel_of(61.0, -14.0, 5.0, camera)[1])
    pictures = [seen(scenery, (0.02 * k, 0.0, 0.0), camera)[inside, columns].astype(int) for k in range(60)]
    assert np.abs(np.diff(pictures, axis=0)).max() <= 6
