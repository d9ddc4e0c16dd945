"""Built roads in the arrays of the compiled core, one slot each; the least recently used make room for new ones."""

from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np

from sim.camera.look import LOOK_FIELDS, road_look
from sim.camera.profile import PROFILE_ENTRIES, PROFILE_LEVELS, make_profile
from sim.camera.section import make_profiles
from sim.config import RoadsConfig
from sim.machine import require_memory
from sim.roads.cells import make_work, paint_cells
from sim.roads.road import Road, map_extent, segment_rows
from sim.roads.roadside import OBJECT_FIELDS
from sim.roads.source import road_source
from sim.types import EDGE_FIELDS, GEOMETRY_FIELDS, SEGMENT_FIELDS, RoadArrays

_FIRST_SEGMENTS = 1024  # room for a road of about 1 km
_FIRST_CELLS = 56_000  # room for a map of 0.22 km^2
_FIRST_OBJECTS = 256
_PROFILE_WORDS = PROFILE_LEVELS * PROFILE_ENTRIES


class RoadPool:
    """Keeps roads for the cars that drive on them, and as many others as there is room for.

    A road in use is never evicted. The arrays are only as large in memory as the roads that were written to them:
    untouched pages are not backed by memory. So copies and pickles take the slots that hold a road, and no others.
    """

    def __init__(self, config: RoadsConfig, slots: int) -> None:
        """Makes room for ``slots`` of the configured roads; as many may be in use at once.

        Raises:
            UserError: they are in a file that cannot be read.
        """
        self._source = road_source(config)
        slots = slots if self._source.count is None else min(slots, self._source.count)
        self.roads: list[Road | None] = [None] * slots
        self._users = np.zeros(slots, dtype=np.int64)
        self._slot_of_number: dict[int, int] = {}
        self._number_in_slot: dict[int, int] = {}
        self._idle: OrderedDict[int, None] = OrderedDict((slot, None) for slot in range(slots))
        self._make_arrays(_FIRST_ROOM)

    def acquire(self, seed: int) -> int:
        """Slot of the road with this seed, built if need be; it stays until it is released as often as acquired.

        Raises:
            UserError: the memory does not suffice for its map.
        """
        number = self._source.number(seed)
        slot = self._slot_of_number.get(number)
        if slot is None:
            slot = next(iter(self._idle))
            self._build(slot, number)
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

    def __getstate__(self) -> dict[str, Any]:
        rows = {name: getattr(self.arrays, name)[self._used()] for name in RoadArrays._fields}
        return {**self.__dict__, "arrays": rows, "_work": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        rows = RoadArrays(**state["arrays"])
        self._make_arrays(_room_of(rows))
        for name in RoadArrays._fields:
            getattr(self.arrays, name)[self._used()] = getattr(rows, name)

    def _used(self) -> list[int]:
        """The slots that hold a road."""
        return list(self._number_in_slot)

    def _make_arrays(self, room: "_Room") -> None:
        self.arrays = _empty_arrays(len(self.roads), room)
        self._work = make_work(room.cells)

    def _build(self, slot: int, number: int) -> None:
        """Fills an idle slot; when that is interrupted, the slot holds no road and stays idle."""
        road = self._source.build(number)
        if slot in self._number_in_slot:
            del self._slot_of_number[self._number_in_slot.pop(slot)]
        self._write(slot, road)
        self.roads[slot] = road
        self._slot_of_number[number], self._number_in_slot[slot] = slot, number

    def _write(self, slot: int, road: Road) -> None:
        origin, extent = map_extent(road.line, road.reach)
        columns, rows, cell_size = extent
        segments, cells, objects = len(road.line.x), columns * rows, len(road.objects)
        profiles = make_profile(road.style) if road.course is None else make_profiles(road.course, road.style.ground)
        self._make_room(_Room(segments, cells, objects, len(profiles), cells if road.course is not None else 0))
        arrays = self.arrays
        arrays.segments[slot, :segments] = segment_rows(road.line, origin)
        arrays.edges[slot, :segments] = road.edges
        arrays.sizes[slot] = (columns, rows, objects)
        arrays.geometry[slot] = (
            segments,
            road.line.step,
            road.closed,
            road.lane_offset,
            *origin,
            *road.route_bounds,
            cell_size,
        )
        paint_cells(
            arrays.segments[slot, :segments],
            extent,
            road.reach,
            road.style.dash_period,
            self._work,
            arrays.cells[slot],
        )
        arrays.profiles[slot, : len(profiles)] = profiles
        if road.course is not None:
            arrays.sections[slot, :cells] = road.course.section[self._work.nearest[:cells]]
        arrays.looks[slot] = road_look(road.style, road.panorama)
        arrays.objects[slot, :objects] = road.objects
        arrays.objects[slot, :objects, :2] -= origin.astype(np.float32)

    def _make_room(self, needed: "_Room") -> None:
        """Moves all roads to larger arrays when one does not fit."""
        old = self.arrays
        room = _room_of(old)
        if all(need <= has for need, has in zip(needed, room, strict=True)):
            return
        require_memory(_bytes_of(needed), "The map of this road", "drive one that reaches less far")
        wider = _Room(*(has if need <= has else 2 * need for need, has in zip(needed, room, strict=True)))
        self._make_arrays(wider)
        for name in RoadArrays._fields:
            before, after = getattr(old, name), getattr(self.arrays, name)
            used = tuple(slice(size) for size in before.shape[1:])
            for slot in self._used():
                after[(slot, *used)] = before[slot]


class _Room(NamedTuple):
    """How much of each array a road may take."""

    segments: int
    cells: int
    objects: int
    profile_words: int
    sections: int  # as many as cells, or none


_FIRST_ROOM = _Room(_FIRST_SEGMENTS, _FIRST_CELLS, _FIRST_OBJECTS, _PROFILE_WORDS, 0)


def _room_of(arrays: RoadArrays) -> _Room:
    parts = (arrays.segments, arrays.cells, arrays.objects, arrays.profiles, arrays.sections)
    return _Room(*(part.shape[1] for part in parts))


def _empty_arrays(slots: int, room: _Room) -> RoadArrays:
    return RoadArrays(
        segments=np.empty((slots, room.segments, SEGMENT_FIELDS), dtype=np.float32),
        edges=np.empty((slots, room.segments, EDGE_FIELDS)),
        geometry=np.empty((slots, GEOMETRY_FIELDS)),
        sizes=np.empty((slots, 3), dtype=np.int64),
        cells=np.empty((slots, room.cells), dtype=np.uint64),
        profiles=np.empty((slots, room.profile_words), dtype=np.uint32),
        sections=np.empty((slots, room.sections), dtype=np.uint16),
        looks=np.empty((slots, LOOK_FIELDS), dtype=np.float32),
        objects=np.empty((slots, room.objects, OBJECT_FIELDS), dtype=np.float32),
    )


def _bytes_of(room: _Room) -> int:
    arrays = _empty_arrays(1, room)
    return sum(int(getattr(arrays, name).nbytes) for name in RoadArrays._fields)


SLOT_BYTES = _bytes_of(_FIRST_ROOM)  # what a road of usual length takes of the memory
