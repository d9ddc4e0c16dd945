"""Pictures of towns from their lanes: python -m tools.towns.frames --seeds 2 --out frames.png."""

import argparse
from pathlib import Path

import imageio.v3 as imageio
import numpy as np

from sim.camera.look import LOOK_SCENERY
from sim.camera.picture import take_picture
from sim.camera.scenery import scenery_of
from sim.config import CameraConfig
from sim.town.ground_map import ground_rows
from sim.town.scenery import scenery_rows
from sim.town.settings import TownSettings
from sim.town.town import Town, build_town
from sim.types import ByteArray, GroundMap

SIZES = {"small": (96, 96), "large": (480, 300)}
ENLARGED = 4  # times, of small pictures


def poses_of(town: Town, count: int) -> list[tuple[float, float, float]]:
    """Random places on lanes, half of them 12 to 40 m before a signal, if there are any."""
    random, network = np.random.default_rng([town.seed, 1]), town.network
    poses = []
    signalled = network.stop_lane[network.stop_group >= 0]
    for k in range(count):
        point = int(random.integers(len(network.x)))
        if k % 2 and len(signalled):
            end = int(network.lane_points[int(random.choice(signalled)) + 1]) - 1
            point = max(end - int(random.integers(12, 40)), 0)
        heading = float(np.arctan2(network.sin[point], network.cos[point]))
        poses.append((float(network.x[point]), float(network.y[point]), heading))
    return poses


def sheet(town: Town, count: int, size: str, clock: int) -> list[ByteArray]:
    """Pictures from ``count`` poses."""
    width, height = SIZES[size]
    camera = CameraConfig(width=width, height=height)
    ground = GroundMap._make([row[None] for row in ground_rows(town)])
    scenery, look = scenery_of(scenery_rows(town), ground.origins[0]), ground.looks[0]
    look[LOOK_SCENERY] = 1.0
    pictures = []
    for pose in poses_of(town, count):
        picture = take_picture(camera, pose, look, ground, 0, clock=clock, scenery=scenery)
        if size == "small":
            picture = picture.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1)
        pictures.append(picture)
    return pictures


def main() -> None:
    """Writes one sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="seed of the first town")
    parser.add_argument("--seeds", type=int, default=2, help="number of towns")
    parser.add_argument("--places", type=int, default=4, help="poses in each town")
    parser.add_argument("--size", choices=SIZES, default="large")
    parser.add_argument("--clock", type=int, default=0, help="step of the clock")
    parser.add_argument("--left-hand", action="store_true")
    parser.add_argument("--out", type=Path, required=True, help="PNG file")
    args = parser.parse_args()
    rows = []
    for seed in range(args.first, args.first + args.seeds):
        town = build_town(seed, TownSettings(left_hand=args.left_hand))
        rows.append(np.concatenate(sheet(town, args.places, args.size, args.clock), axis=1))
    imageio.imwrite(args.out, np.concatenate(rows, axis=0))


if __name__ == "__main__":
    main()
