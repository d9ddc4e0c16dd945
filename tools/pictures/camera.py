"""Draws the pictures of the docs: what the camera sees on several roads, at several sizes, on several days.

python -m tools.pictures.camera
"""

from typing import Any

import numpy as np
from PIL import Image

from sim.config import AppearanceConfig, CameraConfig, EnvConfig
from sim.types import ByteArray
from sim.world import World
from tools import DOCS

ROADS = (3, 4, 12, 1, 6, 21)
DAYS: tuple[dict[str, Any], ...] = (
    {"scenery": False},
    {"light": 1.0},
    {"shadows": 1.0},
    {"weather": 1.0},
    {"noise": 1.0},
    {"light": 1.0, "shadows": 1.0, "weather": 1.0, "noise": 1.0},
)
ROAD_OF_DAYS, SEED_OF_DAYS = 21, 7
PEOPLE = CameraConfig(width=400, height=300)
GAP = 6  # px of white between two pictures


def main() -> None:
    """Writes docs/roads.png, docs/sizes.png and docs/days.png."""
    world = World(EnvConfig(), len(ROADS))
    world.seed(list(range(len(ROADS))))
    world.reset(road_seeds=ROADS)
    views = [world.render(car, PEOPLE) for car in range(len(ROADS))]
    save(np.concatenate([side_by_side(views[:3]), side_by_side(views[3:])]), "roads.png")
    cameras = [
        CameraConfig(),
        CameraConfig(width=84, height=84, color="gray"),
        CameraConfig(width=64, height=64, color="gray"),
    ]
    save(side_by_side([enlarge(world.render(1, camera)) for camera in cameras]), "sizes.png")
    days = [view_on(AppearanceConfig(**day)) for day in DAYS]
    save(np.concatenate([side_by_side(days[:3]), side_by_side(days[3:])]), "days.png")


def view_on(appearance: AppearanceConfig) -> ByteArray:
    """One place on one road, as it looks with these options."""
    world = World(EnvConfig(appearance=appearance), num_cars=1)
    world.seed([SEED_OF_DAYS])
    world.reset(road_seeds=[ROAD_OF_DAYS])
    return world.render(0, PEOPLE)


def enlarge(frame: ByteArray) -> ByteArray:
    """Three times as large, every pixel to be seen, in colour, on white of one height."""
    large = np.repeat(np.repeat(np.repeat(frame, 3 // frame.shape[2], axis=2), 3, axis=0), 3, axis=1)
    return np.pad(large, ((0, 288 - large.shape[0]), (0, 0), (0, 0)), constant_values=255)


def side_by_side(pictures: list[ByteArray]) -> ByteArray:
    """One row with a gap behind each."""
    return np.concatenate(
        [np.pad(item, ((0, GAP), (0, GAP), (0, 0)), constant_values=255) for item in pictures], axis=1
    )


def save(picture: ByteArray, name: str) -> None:
    """Writes a PNG and says so."""
    Image.fromarray(picture).save(DOCS / name)
    print(DOCS / name)


if __name__ == "__main__":
    main()
