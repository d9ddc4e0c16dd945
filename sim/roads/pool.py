"""Built roads in the arrays of the compiled core, one slot each; the least recently used make room for new ones."""

from collections import OrderedDict

import numpy as np

from sim.camera.appearance import LOOK_FIELDS, PROFILE_ENTRIES, PROFILE_LEVELS, looks, profiles
from sim.config import RoadKind
from sim.roads.catalog import build_road
from sim.roads.road import Road, map_extent, nearest_map, segment_rows
from sim.types import RoadArrays

_FIRST_SEGMENTS = 1024  # room for a road of about 1 km
_FIRST_CELLS = 65_536  # room for a map of 512 m x 512 m


class RoadPool:
    """Keeps roads for the cars that drive on them, and as many others as there is room for.

    A road in use is never evicted. The arrays are only as large in memory as the roads that were written to them:
    untouched pages are not backed by memory.
    """

    def __init__(self, kind: RoadKind, slots: int) -> None:
        """Makes room for ``slots`` roads of a kind; as many may be in use at once."""
        self.kind = kind
        self.roads: list[Road | None] = [None] * slots
        self._users = np.zeros(slots, dtype=np.int64)
        self._slot_of_seed: dict[int, int] = {}
        self._idle: OrderedDict[int, None] = OrderedDict((slot, None) for slot in range(slots))
        self.arrays = _empty_arrays(slots, _FIRST_SEGMENTS, _FIRST_CELLS)

    def acquire(self, seed: int) -> int:
        """Slot of the road with this seed, built if need be; it stays until it is released as often as acquired."""
        slot = self._slot_of_seed.get(seed)
        if slot is None:
            slot, _ = self._idle.popitem(last=False)
            self._build(slot, seed)
        self._idle.pop(slot, None)
        self._users[slot] += 1
        return slot

    def release(self, slot: int) -> None:
        """Gives a slot back; its road stays for later use until its place is needed."""
        self._users[slot] -= 1
        if self._users[slot] == 0:
            self._idle[slot] = None

    def road(self, slot: int) -> Road:
        """The road in a slot that is in use."""
        road = self.roads[slot]
        assert road is not None
        return road

    def _build(self, slot: int, seed: int) -> None:
        replaced = self.roads[slot]
        if replaced is not None:
            del self._slot_of_seed[replaced.seed]
        road = build_road(self.kind, seed)
        self.roads[slot] = road
        self._slot_of_seed[seed] = slot
        self._write(slot, road)

    def _write(self, slot: int, road: Road) -> None:
        origin, grid = map_extent(road.line)
        segments = segment_rows(road.line, origin)
        cells = nearest_map(segments, grid)
        self._make_room(len(segments), len(cells))
        arrays = self.arrays
        arrays.segments[slot, : len(segments)] = segments
        arrays.cells[slot, : len(cells)] = cells
        arrays.grid[slot] = grid
        arrays.geometry[slot] = (
            len(segments),
            road.line.step,
            road.closed,
            road.lane_offset,
            road.lane_width,
            road.half_width,
            *origin,
        )
        arrays.profiles[slot] = profiles(road.style)
        arrays.looks[slot] = looks(road.style)

    def _make_room(self, segments: int, cells: int) -> None:
        """Moves all roads to larger arrays when one does not fit."""
        old = self.arrays
        if segments <= old.segments.shape[1] and cells <= old.cells.shape[1]:
            return
        new = _empty_arrays(
            len(self.roads), max(2 * segments, old.segments.shape[1]), max(2 * cells, old.cells.shape[1])
        )
        for slot in self._slot_of_seed.values():
            new.segments[slot, : old.segments.shape[1]] = old.segments[slot]
            new.cells[slot, : old.cells.shape[1]] = old.cells[slot]
            for name in ("geometry", "grid", "profiles", "looks"):
                getattr(new, name)[slot] = getattr(old, name)[slot]
        self.arrays = new


def _empty_arrays(slots: int, segments: int, cells: int) -> RoadArrays:
    return RoadArrays(
        segments=np.empty((slots, segments, 6), dtype=np.float32),
        geometry=np.empty((slots, 8)),
        cells=np.empty((slots, cells), dtype=np.int16),
        grid=np.empty((slots, 2), dtype=np.int64),
        profiles=np.empty((slots, 2, PROFILE_LEVELS, PROFILE_ENTRIES, 4), dtype=np.uint8),
        looks=np.empty((slots, LOOK_FIELDS), dtype=np.float32),
    )
