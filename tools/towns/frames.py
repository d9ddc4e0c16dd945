"""Shows what a camera sees on the lanes of towns: frames from many places, in rows.

python -m tools.towns.frames --seeds 2 --places 12 --width 96 --height 96 --zoom 3 --out frames.png
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tyro
from PIL import Image

from sim.camera.look import LOOK_SCENERY
from sim.camera.picture import take_picture
from sim.camera.scenery import scenery_of
from sim.config import CameraConfig
from sim.network.network import Network
from sim.town.ground_map import ground_rows
from sim.town.scenery import scenery_rows
from sim.town.town import Town
from sim.types import ByteArray, GroundMap
from tools.towns.options import TownOptions

IN_A_ROW = 4


@dataclass
class FrameOptions(TownOptions):
    """What is shown."""

    seeds: int = 1
    """How many towns."""
    places: int = 12
    """How many places of each town: every third in a junction, every third just before one."""
    width: int = 480
    """Of a frame [px]."""
    height: int = 300
    """Of a frame [px]."""
    zoom: int = 1
    """How much larger the frames are drawn."""
    out: Path = Path("frames.png")
    """The picture."""


def main(options: FrameOptions) -> None:
    """Writes the picture."""
    camera = CameraConfig(width=options.width, height=options.height)
    frames = [frame for seed in options.numbers() for frame in town_frames(options.build(seed), camera, options.places)]
    frames += [np.zeros_like(frames[0])] * (-len(frames) % IN_A_ROW)
    large = [frame.repeat(options.zoom, axis=0).repeat(options.zoom, axis=1) for frame in frames]
    rows = [np.concatenate(large[k : k + IN_A_ROW], axis=1) for k in range(0, len(large), IN_A_ROW)]
    Image.fromarray(np.concatenate(rows)).save(options.out)
    print(options.out)


def town_frames(town: Town, camera: CameraConfig, places: int) -> list[ByteArray]:
    """What a camera sees at some places of a town on a clear day."""
    ground = GroundMap._make(np.asarray(part)[None] for part in ground_rows(town))
    scenery, look = scenery_of(scenery_rows(town), ground.origins[0]), ground.looks[0]
    look[LOOK_SCENERY] = 1.0
    poses = lane_poses(town.network, places, town.seed)
    return [take_picture(camera, pose, look, ground, 0, scenery=scenery) for pose in poses]


def lane_poses(network: Network, places: int, seed: int) -> list[tuple[float, float, float]]:
    """x, y [m] and heading [rad] of places on lanes: in junctions, just before them, and anywhere on streets."""
    random = np.random.default_rng(seed)
    streets, within = np.flatnonzero(network.lane_junction < 0), np.flatnonzero(network.lane_junction >= 0)
    poses = []
    for place in range(places):
        lane = int(random.choice(within if place % 3 == 0 else streets))
        first, last = network.lane_points[lane : lane + 2].tolist()
        point = max(last - int(random.integers(8, 25)), first) if place % 3 == 1 else int(random.integers(first, last))
        heading = float(np.arctan2(network.sin[point], network.cos[point]))
        poses.append((float(network.x[point]), float(network.y[point]), heading))
    return poses


if __name__ == "__main__":
    main(tyro.cli(FrameOptions))
