"""Built roads in the arrays of the compiled core, one slot each; the least recently used make room for new ones."""

from collections import OrderedDict

import numpy as np

from sim.camera.look import LOOK_FIELDS, road_look
from sim.camera.profile import PROFILE_ENTRIES, PROFILE_LEVELS, make_profile
from sim.config import RoadKind
from sim.roads.catalog import build_road
from sim.roads.cells import make_work, paint_cells
from sim.roads.road import Road, map_extent, segment_rows
from sim.roads.roadside import OBJECT_FIELDS
from sim.types import GEOMETRY_FIELDS, SEGMENT_FIELDS, RoadArrays

_FIRST_SEGMENTS = 1024  # room for a road of about 1 km
_FIRST_CELLS = 56_000  # room for a map of 0.22 km^2
_FIRST_OBJECTS = 256


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
        self.arrays = _empty_arrays(slots, _FIRST_SEGMENTS, _FIRST_CELLS, _FIRST_OBJECTS)
        self._work = make_work(_FIRST_CELLS)

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

    def preload(self, first_seed: int, count: int) -> None:
        """Builds the first ``count`` roads, so that no car has to wait for one of them."""
        for seed in range(first_seed, first_seed + count):
            self.release(self.acquire(seed))

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
        origin, (columns, rows) = map_extent(road.line)
        segments, cells, objects = len(road.line.x), columns * rows, len(road.objects)
        self._make_room(segments, cells, objects)
        arrays = self.arrays
        arrays.segments[slot, :segments] = segment_rows(road.line, origin)
        arrays.sizes[slot] = (columns, rows, objects)
        arrays.geometry[slot] = (
            segments,
            road.line.step,
            road.closed,
            road.lane_offset,
            road.lane_width,
            road.half_width,
            *origin,
            *road.route_bounds,
        )
        paint_cells(
            arrays.segments[slot, :segments], columns, rows, road.style.dash_period, self._work, arrays.cells[slot]
        )
        arrays.profiles[slot] = make_profile(road.style)
        arrays.looks[slot] = road_look(road.style, road.panorama)
        arrays.objects[slot, :objects] = road.objects
        arrays.objects[slot, :objects, :2] -= origin.astype(np.float32)

    def _make_room(self, segments: int, cells: int, objects: int) -> None:
        """Moves all roads to larger arrays when one does not fit."""
        old = self.arrays
        room = (old.segments.shape[1], old.cells.shape[1], old.objects.shape[1])
        needed = (segments, cells, objects)
        if all(need <= has for need, has in zip(needed, room, strict=True)):
            return
        wider = tuple(has if need <= has else 2 * need for need, has in zip(needed, room, strict=True))
        self.arrays = _empty_arrays(len(self.roads), *wider)
        self._work = make_work(wider[1])
        for name in RoadArrays._fields:
            before, after = getattr(old, name), getattr(self.arrays, name)
            used = tuple(slice(size) for size in before.shape[1:])
            for slot in self._slot_of_seed.values():
                after[(slot, *used)] = before[slot]


def _empty_arrays(slots: int, segments: int, cells: int, objects: int) -> RoadArrays:
    return RoadArrays(
        segments=np.empty((slots, segments, SEGMENT_FIELDS), dtype=np.float32),
        geometry=np.empty((slots, GEOMETRY_FIELDS)),
        sizes=np.empty((slots, 3), dtype=np.int64),
        cells=np.empty((slots, cells), dtype=np.uint64),
        profiles=np.empty((slots, PROFILE_LEVELS * PROFILE_ENTRIES), dtype=np.uint32),
        looks=np.empty((slots, LOOK_FIELDS), dtype=np.float32),
        objects=np.empty((slots, objects, OBJECT_FIELDS), dtype=np.float32),
    )


def _slot_bytes() -> int:
    arrays = _empty_arrays(1, _FIRST_SEGMENTS, _FIRST_CELLS, _FIRST_OBJECTS)
    return sum(int(getattr(arrays, name).nbytes) for name in RoadArrays._fields)


SLOT_BYTES = _slot_bytes()  # what a road takes of the memory
