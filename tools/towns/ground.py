"""Shows the ground of towns from above, as the camera's map knows it, beside what geometry says: junctions at large.

python -m tools.towns.ground --seeds 3 --junctions 4 --out ground.png
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tyro
from PIL import Image

from sim.camera.look import LOOK_DASH
from sim.camera.profile import PROFILE_ENTRIES, PROFILE_LEVELS, PROFILE_STEP
from sim.roads.cells import CURVATURE_STEP, DIRECTION_STEP, OFFSET_STEP, PHASE_STEP
from sim.town.ground_map import ground_rows
from sim.types import ByteArray, FloatArray, GroundMap, IntArray
from tools.towns.options import TownOptions

HALF = 32.0  # m around a junction's middle
PIXELS = 560


@dataclass
class GroundOptions(TownOptions):
    """What is drawn."""

    junctions: int = 4
    """How many junctions of each town."""
    out: Path = Path("ground.png")
    """The picture."""


def main(options: GroundOptions) -> None:
    """Writes the picture: a row for each town."""
    rows = []
    for seed in options.numbers():
        town = options.build(seed)
        ground, network = ground_rows(town), town.network
        order = np.lexsort((network.junction_control, _turn(network.junction_control)))[: options.junctions]
        places = zip(network.junction_x[order].tolist(), network.junction_y[order].tolist(), strict=True)
        rows.append(np.concatenate([from_above(ground, *place, HALF, PIXELS) for place in places], axis=1))
        size = sum(part.nbytes for part in ground) / 1e6
        print(f"seed {seed}: {len(ground.dashes)} profiles, {size:.2f} MB")
    Image.fromarray(np.concatenate(rows)).save(options.out)
    print(options.out)


def _turn(kinds: "np.ndarray[tuple[int], np.dtype[np.int8]]") -> IntArray:
    """How many of the same kind stand before each."""
    return np.array([np.count_nonzero(kinds[:k] == kind) for k, kind in enumerate(kinds)])


def from_above(ground: GroundMap, x: float, y: float, half: float, pixels: int) -> ByteArray:
    """What lies up to ``half`` [m] around a place, north at the top; (pixels, pixels, 3)."""
    steps = (np.arange(pixels) + 0.5) / pixels * 2.0 * half - half
    east, north = np.meshgrid(x + steps, y - steps)
    colors = ground_colors(ground, east.ravel(), north.ravel())
    return np.clip(colors, 0.0, 255.0).astype(np.uint8).reshape(pixels, pixels, 3)


def ground_colors(ground: GroundMap, x: FloatArray, y: FloatArray) -> FloatArray:
    """Colours (K, 3) at places in the world [m], looked up as the camera does, without blur.

    ``ground`` holds one map, without the axis of slots.
    """
    word, u, v, place = _cells(ground, x, y)
    curvature, d = _signed(word >> 32, 10) * CURVATURE_STEP, _signed(word, 16) * OFFSET_STEP
    section = ground.sections[place].astype(np.int64)
    per_metre, share = ground.dashes[section].astype(np.float64).T
    phase = (word >> 16 & 0xFFFF) * PHASE_STEP + u * (1.0 + curvature * d) * per_metre
    on = np.abs(phase - np.floor(phase + 0.5)) < 0.5 * share
    entry = (d + v - 0.5 * curvature * u * u) / PROFILE_STEP + 0.5 * PROFILE_ENTRIES
    entry = np.clip(entry, 0, PROFILE_ENTRIES - 1).astype(np.int64)
    color = ground.profiles[section * PROFILE_LEVELS * PROFILE_ENTRIES + entry].astype(np.int64)
    channels = np.stack([color >> shift & 255 for shift in (0, 8, 16)], axis=1).astype(np.float64)
    dash = (color >> 24) / 255.0 * on
    return np.asarray(channels + dash[:, None] * ground.looks[LOOK_DASH : LOOK_DASH + 3].astype(np.float64))


def _cells(ground: GroundMap, x: FloatArray, y: FloatArray) -> tuple[IntArray, FloatArray, FloatArray, IntArray]:
    """The cells at places, how far ahead and aside of their centres these lie [m], and the cells' indices."""
    size, (columns, rows, _) = float(ground.cell_sizes), ground.sizes.tolist()
    in_columns = np.clip((x - ground.origins[0]) / size, 0, columns - 1)
    in_rows = np.clip((y - ground.origins[1]) / size, 0, rows - 1)
    column, row = in_columns.astype(np.int64), in_rows.astype(np.int64)
    place = row * columns + column
    word = ground.cells[place].view(np.int64)
    cos, sin = _signed(word >> 53, 11) * DIRECTION_STEP, _signed(word >> 42, 11) * DIRECTION_STEP
    dx, dy = (in_columns - column - 0.5) * size, (in_rows - row - 0.5) * size
    return word, cos * dx + sin * dy, cos * dy - sin * dx, place


def _signed(field: IntArray, bits: int) -> IntArray:
    """The lowest bits in two's complement."""
    half = 1 << (bits - 1)
    return np.asarray((field & (2 * half - 1) ^ half) - half)


if __name__ == "__main__":
    main(tyro.cli(GroundOptions))
