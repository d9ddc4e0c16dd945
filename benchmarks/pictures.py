"""Draws the pictures of the docs: what the camera sees on several roads, at several sizes.

python benchmarks/pictures.py
"""

from pathlib import Path

import numpy as np
from PIL import Image

from sim.config import CameraConfig, EnvConfig
from sim.types import ByteArray
from sim.world import World

DOCS = Path(__file__).parent.parent / "docs"
ROADS = (3, 4, 12, 1, 6, 21)
GAP = 6  # px of white between two pictures


def main() -> None:
    """Writes docs/roads.png and docs/sizes.png."""
    world = World(EnvConfig(), len(ROADS))
    world.seed(list(range(len(ROADS))))
    world.reset(road_seeds=ROADS)
    people = CameraConfig(width=400, height=300)
    views = [world.render(car, people) for car in range(len(ROADS))]
    save(np.concatenate([side_by_side(views[:3]), side_by_side(views[3:])]), "roads.png")
    cameras = [
        CameraConfig(),
        CameraConfig(width=84, height=84, color="gray"),
        CameraConfig(width=64, height=64, color="gray"),
    ]
    save(side_by_side([enlarge(world.render(0, camera)) for camera in cameras]), "sizes.png")


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
