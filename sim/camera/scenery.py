"""From the rows of what stands in a town, in any order, to the arrays that the camera looks them up in."""

from typing import Any, NamedTuple

import numpy as np

from sim.camera.rows import (
    ARROW_FIELDS,
    BOX_FIELDS,
    DETAILS,
    HEAD_FIELDS,
    HOUSE_FIELDS,
    PANEL_FIELDS,
    STANDING_KINDS,
    TILE,
    TREES,
)
from sim.network.signals import PROGRAM_FIELDS
from sim.types import Float32Array, FloatArray, Int32Array, Scenery

FIELDS = {
    "houses": HOUSE_FIELDS,
    "boxes": BOX_FIELDS,
    "trees": PANEL_FIELDS,
    "details": PANEL_FIELDS,
    "heads": HEAD_FIELDS,
    "arrows": ARROW_FIELDS,
}  # in the order of camera.rows


class Rows(NamedTuple):
    """What stands in one place: rows of each kind in any order, positions in the world, and the signals' programs."""

    houses: Float32Array  # (K, HOUSE_FIELDS)
    boxes: Float32Array  # (K, BOX_FIELDS)
    trees: Float32Array  # (K, PANEL_FIELDS)
    details: Float32Array  # (K, PANEL_FIELDS): lamps, signs and masts
    heads: Float32Array  # (K, HEAD_FIELDS)
    arrows: Float32Array  # (K, ARROW_FIELDS)
    programs: Int32Array  # (G, PROGRAM_FIELDS): of the signals, see network.signals


def empty_scenery(slots: int, like: Scenery | None = None) -> Scenery:
    """Arrays for so many towns, each with as much room as those of ``like``."""
    shapes = {"panels": (0, PANEL_FIELDS), "tiles": (STANDING_KINDS, 1), "grids": (4,), "programs": (0, PROGRAM_FIELDS)}
    shapes |= {kind: (0, fields) for kind, fields in FIELDS.items()}
    arrays: dict[str, Any] = {}
    for name in Scenery._fields:
        whole = name in ("tiles", "programs")
        shape = getattr(like, name).shape[1:] if like else shapes.get(name, (0,))
        arrays[name] = np.zeros((slots, *shape), dtype=np.int32 if whole else np.float32)
    return Scenery(**arrays)


NO_SCENERY = empty_scenery(0)  # where nothing stands but what is in the ground map


def scenery_of(rows: Rows, origin: FloatArray) -> Scenery:
    """A scenery of one slot: rows by tiles, relative to ``origin`` (2,) [m], that of the ground map.

    A row whose place is not finite is left out.
    """
    kinds = [np.array(getattr(rows, kind), dtype=np.float32) for kind in FIELDS]
    for k, table in enumerate(kinds):
        table[:, :2] -= np.asarray(origin, dtype=np.float32)
        kinds[k] = table[np.isfinite(table).all(axis=1)]
    places = np.concatenate([table[:, :2] for table in kinds])
    low = places.min(axis=0) if len(places) else np.zeros(2, dtype=np.float32)
    extent = (np.floor((places - low).max(axis=0) / TILE).astype(np.int64) + 1) if len(places) else np.ones(2, np.int64)
    starts = np.zeros((STANDING_KINDS, int(extent.prod()) + 1), dtype=np.int32)
    for k, table in enumerate(kinds):
        column, row = np.floor((table[:, :2] - low) / np.float32(TILE)).astype(np.int64).T
        tile = row * extent[0] + column
        order = np.lexsort((*table.T[::-1], tile))
        kinds[k] = np.ascontiguousarray(table[order])
        np.cumsum(np.bincount(tile, minlength=starts.shape[1] - 1), out=starts[k, 1:])
    starts[DETAILS] += len(kinds[TREES])
    houses, boxes, trees, details, heads, arrows = kinds
    return Scenery(
        houses=houses[None],
        boxes=boxes[None],
        panels=np.concatenate([trees, details])[None],
        heads=heads[None],
        arrows=arrows[None],
        tiles=starts[None],
        grids=np.array([[*extent, *low]], dtype=np.float32),
        programs=rows.programs[None],
    )


def write_scenery(scenery: Scenery, slot: int, town: Scenery) -> None:
    """Fills a slot with the town of a scenery of one slot; every array must have room for it."""
    for array, part in zip(scenery, town, strict=True):
        places: tuple[Any, ...] = tuple(slice(size) for size in part.shape[1:])
        array[(slot, *places)] = part[0]


def bytes_of(scenery: Scenery) -> int:
    """Memory that it takes."""
    return sum(array.nbytes for array in scenery)
