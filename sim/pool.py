"""Built roads in the arrays of compiled code: each fills a slot of the ground maps and of the routes."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.camera.look import LOOK_FIELDS, road_look
from sim.camera.profile import PROFILE_ENTRIES, PROFILE_LEVELS, make_profiles
from sim.camera.scenery import NO_SCENERY
from sim.config import RoadsConfig
from sim.machine import require_memory
from sim.network.routes import make_routes
from sim.roads.cells import make_work, paint_cells
from sim.roads.road import Road, map_extent, segment_rows
from sim.roads.roadside import OBJECT_FIELDS
from sim.roads.source import road_source
from sim.roads.style import RoadStyle
from sim.slots import SlotPool, pack, unpack
from sim.trips import Trip
from sim.types import EDGE_FIELDS, GEOMETRY_FIELDS, SEGMENT_FIELDS, Float32Array, FloatArray, GroundMap, RouteArrays

NO_RULES = make_routes(0, 0)[1]  # roads have none
_FIRST_SEGMENTS = 1024  # room for a road of about 1 km
_FIRST_CELLS = 56_000  # room for a map of 0.22 km^2
_FIRST_OBJECTS = 256
_PROFILE_WORDS = PROFILE_LEVELS * PROFILE_ENTRIES


class RoadPool(SlotPool[Road]):
    """Roads in slots of the ground maps and of the routes.

    The arrays are only as large in memory as the roads that were written to them: untouched pages are not backed by
    memory. So copies and pickles take the slots that hold a road, and no others.
    """

    def __init__(self, config: RoadsConfig, slots: int) -> None:
        """Makes room for ``slots`` of the configured roads; as many may be in use at once.

        Raises:
            UserError: they are in a file that cannot be read.
        """
        super().__init__(road_source(config), slots)
        self._make_arrays(_FIRST_ROOM)

    def lay_route(self, car: int, slot: int, draws: FloatArray, trip: Trip | None) -> int:
        """Slot of the route that a car follows: a road is its own."""
        return slot

    def arrays(self) -> dict[str, Any]:
        """What lies on the ground and what cars follow, by the names of ``Core``."""
        return {"ground": self.ground, "route": self.route, "rules": NO_RULES, "scenery": NO_SCENERY}

    def __getstate__(self) -> dict[str, Any]:
        packed = pack(self._arrays(), self.used())
        return {**self.__dict__, "ground": None, "route": None, "_work": None, "packed": packed}

    def __setstate__(self, state: dict[str, Any]) -> None:
        arrays = unpack(state.pop("packed"), list(state["_number_in_slot"]))
        self.__dict__.update(state)
        fields = len(GroundMap._fields)
        self.ground, self.route = GroundMap._make(arrays[:fields]), RouteArrays._make(arrays[fields:])
        self._work = make_work(self.ground.cells.shape[1])

    def _arrays(self) -> list[NDArray[Any]]:
        return [*self.ground, *self.route]

    def _make_arrays(self, room: "_Room") -> None:
        self.ground, self.route = _empty_ground(len(self.places), room), _empty_route(len(self.places), room)
        self._work = make_work(room.cells)

    def _write(self, slot: int, road: Road) -> None:
        origin, extent = map_extent(road.line, road.course.reach)
        segments, cells, objects = len(road.line.x), extent[0] * extent[1], len(road.objects)
        profiles = make_profiles(road.course.sections, road.style.ground)
        several = len(road.course.sections) > 1 or self.ground.sections.size > 0
        self._make_room(_Room(segments, cells, objects, len(profiles), cells if several else 0))
        self._write_route(slot, road, origin)
        ground = self.ground
        rows = self.route.segments[slot, :segments]
        paint_cells(rows, extent, road.course.reach, road.style.dash_period, self._work, ground.cells[slot])
        if several:
            ground.sections[slot, :cells] = road.course.section[self._work.nearest[:cells]]
        ground.profiles[slot, : len(profiles)] = profiles
        ground.dashes[slot, : len(road.course.sections)] = _dashes(road.style)
        ground.looks[slot] = road_look(road.style, road.panorama)
        ground.objects[slot, :objects] = road.objects
        ground.objects[slot, :objects, :2] -= origin.astype(np.float32)
        ground.sizes[slot] = (*extent[:2], objects)
        ground.origins[slot], ground.cell_sizes[slot] = origin, extent[2]

    def _write_route(self, slot: int, road: Road, origin: FloatArray) -> None:
        line, segments = road.line, len(road.line.x)
        self.route.segments[slot, :segments] = segment_rows(line, origin)
        self.route.edges[slot, :segments] = road.edges
        self.route.geometry[slot] = (
            segments,
            line.step,
            line.closed,
            road.lane_offset,
            *origin,
            *road.route_bounds,
        )

    def _make_room(self, needed: "_Room") -> None:
        """Moves all roads to larger arrays when one does not fit."""
        room = _room_of(self.ground, self.route)
        if all(need <= has for need, has in zip(needed, room, strict=True)):
            return
        require_memory(_bytes_of(needed), "The map of this road", "drive one that reaches less far")
        self._move(_Room(*(has if need <= has else 2 * need for need, has in zip(needed, room, strict=True))))

    def _move(self, room: "_Room") -> None:
        before = self._arrays()
        self._make_arrays(room)
        for old, new in zip(before, self._arrays(), strict=True):
            used: tuple[Any, ...] = tuple(slice(size) for size in old.shape[1:])
            for slot in self.used():
                new[(slot, *used)] = old[slot]


def _dashes(style: RoadStyle) -> Float32Array:
    """Dashes per metre, and the share that they cover; shape (2,)."""
    length, period = np.float32(style.dash_length), np.float32(style.dash_period)
    return np.array([np.float32(1.0) / period, length / period])


class _Room(NamedTuple):
    """How much of each array a road may take."""

    segments: int
    cells: int
    objects: int
    profile_words: int
    sections: int  # as many as cells, or none


_FIRST_ROOM = _Room(_FIRST_SEGMENTS, _FIRST_CELLS, _FIRST_OBJECTS, _PROFILE_WORDS, 0)


def _room_of(ground: GroundMap, route: RouteArrays) -> _Room:
    parts = (route.segments, ground.cells, ground.objects, ground.profiles, ground.sections)
    return _Room(*(part.shape[1] for part in parts))


def _empty_ground(slots: int, room: _Room) -> GroundMap:
    return GroundMap(
        cells=np.empty((slots, room.cells), dtype=np.uint64),
        sections=np.zeros((slots, room.sections), dtype=np.uint16),  # 0 for roads that were here before it had room
        profiles=np.empty((slots, room.profile_words), dtype=np.uint32),
        dashes=np.empty((slots, room.profile_words // _PROFILE_WORDS, 2), dtype=np.float32),
        looks=np.empty((slots, LOOK_FIELDS), dtype=np.float32),
        objects=np.empty((slots, room.objects, OBJECT_FIELDS), dtype=np.float32),
        sizes=np.empty((slots, 3), dtype=np.int64),
        origins=np.empty((slots, 2)),
        cell_sizes=np.empty(slots, dtype=np.float32),
    )


def _empty_route(slots: int, room: _Room) -> RouteArrays:
    return RouteArrays(
        segments=np.empty((slots, room.segments, SEGMENT_FIELDS), dtype=np.float32),
        edges=np.empty((slots, room.segments, EDGE_FIELDS)),
        geometry=np.empty((slots, GEOMETRY_FIELDS)),
    )


def _bytes_of(room: _Room) -> int:
    return sum(array.nbytes for array in (*_empty_ground(1, room), *_empty_route(1, room)))


SLOT_BYTES = _bytes_of(_FIRST_ROOM)  # what a road of usual length takes of the memory
