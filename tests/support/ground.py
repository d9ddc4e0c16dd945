"""Ground without anything on it."""

import numpy as np

from sim.camera.look import LOOK_FIELDS
from sim.camera.profile import PROFILE_ENTRIES, PROFILE_LEVELS
from sim.roads.cells import pack_cell
from sim.roads.roadside import OBJECT_FIELDS
from sim.types import GroundMap

GRAY = 94  # of the ground


def plain_ground() -> GroundMap:
    """Gray ground all over."""
    gray = np.uint32(GRAY * 0x010101)
    return GroundMap(
        cells=np.full((1, 1), pack_cell(0.0, 0.0, 0.0, 0.0, 1.0), dtype=np.uint64),
        sections=np.zeros((1, 0), dtype=np.uint16),
        profiles=np.full((1, PROFILE_LEVELS * PROFILE_ENTRIES), gray, dtype=np.uint32),
        dashes=np.zeros((1, 1, 2), dtype=np.float32),
        looks=np.zeros((1, LOOK_FIELDS), dtype=np.float32),
        objects=np.zeros((1, 0, OBJECT_FIELDS), dtype=np.float32),
        sizes=np.array([[1, 1, 0]], dtype=np.int64),
        origins=np.zeros((1, 2)),
        cell_sizes=np.ones(1, dtype=np.float32),
    )
