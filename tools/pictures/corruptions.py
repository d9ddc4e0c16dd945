"""Shows what every corruption does to a frame, and measures what it costs.

python -m tools.pictures.corruptions [--plot docs/corruptions.png]
"""

import argparse
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from agents.config import TrainConfig
from sim.config import EnvConfig, RoadsConfig, TaskConfig
from sim.corruptions import SEVERITIES, CorruptedView, Corruption
from sim.corruptions.catalog import CAR_CHANGES, FILTERS, HOLDS, NAMES
from sim.drivers import PurePursuitDriver
from sim.types import ByteArray
from sim.world import World

ROAD, STEPS = 1_000_012, 95  # a place with lines, a bend and trees
SHOWN = (1, 3, 5)
ENLARGED = 3  # times
GAP, LABEL = 6, 20  # px
COLUMNS = 2
CARS, REPEATS = 64, 21


def main() -> None:
    """Prints a table, or draws the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plot", type=Path, help="PNG to write instead of measuring")
    plot = parser.parse_args().plot
    if plot is None:
        measure()
    else:
        Image.fromarray(contact_sheet()).save(plot)
        print(plot)


def environment() -> EnvConfig:
    """The camera that presets train with, on a clear day on test roads."""
    roads = RoadsConfig(first_seed=1_000_000, last_seed=1_000_999)
    return EnvConfig(camera=TrainConfig().env.camera, roads=roads, task=TaskConfig(start="beginning"))


def world_after(config: EnvConfig, roads: list[int], steps: int) -> World:
    """Cars that were driven for some steps."""
    world = World(config, len(roads))
    world.seed(roads)
    world.reset(road_seeds=roads)
    for _ in range(steps):
        world.step(PurePursuitDriver().commands(world))
    return world


def measure() -> None:
    """Prints the time that a frame takes on one core, the median of some repeats."""
    world = world_after(environment(), list(range(1_000_000, 1_000_000 + CARS)), 20)
    print(f"{'corruption':16}us a frame of 64 x 44, one core, {CARS} cars")
    for name in (name for name in NAMES if name in FILTERS or name in HOLDS):
        times: list[float] = []
        for _ in range(REPEATS):
            view = CorruptedView(world, Corruption(name, SEVERITIES[-1]))
            before = time.perf_counter()
            view.look()
            times.append(time.perf_counter() - before)
        print(f"{name:16}{1e6 * float(np.median(times)) / CARS:.1f}")


def contact_sheet() -> ByteArray:
    """The clear frame, and every corruption that a single frame can show, at three severities."""
    clear = world_after(environment(), [ROAD], STEPS).frames[0]
    strips = [strip("clear", [clear])]
    strips += [
        strip(name, [spoiled(Corruption(name, severity)) for severity in SHOWN]) for name in NAMES if is_shown(name)
    ]
    width = max(item.shape[1] for item in strips)
    strips = [np.pad(item, ((0, 0), (0, width - item.shape[1]), (0, 0)), constant_values=255) for item in strips]
    strips += [np.full_like(strips[0], 255)] * (-len(strips) % COLUMNS)
    per_column = len(strips) // COLUMNS
    columns = [np.concatenate(strips[k * per_column : (k + 1) * per_column]) for k in range(COLUMNS)]
    return np.concatenate(columns, axis=1)


def is_shown(name: str) -> bool:
    """Whether a single frame shows it."""
    return name in FILTERS or name == "camera-pose"


def spoiled(corruption: Corruption) -> ByteArray:
    """The frame of the sheet under a corruption."""
    config = corruption.applied_to(environment()) if corruption.name in CAR_CHANGES else environment()
    frames: ByteArray = CorruptedView(world_after(config, [ROAD], STEPS), corruption).look()
    return np.array(frames[0])


def strip(name: str, frames: list[ByteArray]) -> ByteArray:
    """A row of enlarged frames below a label, on white."""
    large = [np.repeat(np.repeat(frame, ENLARGED, axis=0), ENLARGED, axis=1) for frame in frames]
    padded = [np.pad(item, ((LABEL, GAP), (GAP, 0), (0, 0)), constant_values=255) for item in large]
    image = Image.fromarray(np.concatenate(padded, axis=1))
    ImageDraw.Draw(image).text((GAP, 2), name, fill=(0, 0, 0), font=ImageFont.load_default(14))
    return np.asarray(image)


if __name__ == "__main__":
    main()
