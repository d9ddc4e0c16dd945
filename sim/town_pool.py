"""Built towns in the arrays of compiled code, and the routes of the cars that drive through them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.camera.scenery import empty_scenery, scenery_of
from sim.config import EnvConfig
from sim.machine import require_memory
from sim.network.locate import lane_at
from sim.network.route_map import RouteMap, route_map
from sim.network.routes import make_room, make_routes, write_route
from sim.network.routing import find_route
from sim.network.trips import TASKS, TRIP_DRAWS, TripWishes, draw_trip
from sim.slots import SlotPool, pack, put, unpack, with_room
from sim.snapshot import require_all
from sim.town.any_town import AnyTown
from sim.town.ground_map import empty_ground, ground_rows
from sim.town.scenery import scenery_rows
from sim.town.settings import TownSettings
from sim.town.town import Town, build_town
from sim.trips import Trip
from sim.types import FloatArray, GroundMap, Scenery

SPARE = 200  # m of a route beside its trip: what lies before and beyond it, and changes of lanes


@dataclass(frozen=True)
class SeededTowns:
    """A procedural town for every seed."""

    settings: TownSettings
    count: None = None

    def number(self, seed: int) -> int:
        """The seed itself."""
        return seed

    def build(self, number: int) -> Town:
        """The town with this seed."""
        return build_town(number, self.settings)


@dataclass(frozen=True)
class TownOfFile:
    """One town for all seeds."""

    town: AnyTown
    count: int = 1

    def number(self, seed: int) -> int:
        """0, whatever the seed."""
        return 0

    def build(self, number: int) -> AnyTown:
        """The town."""
        return self.town


class TownPool(SlotPool[AnyTown]):
    """Towns in slots of the ground maps and the scenery; every car has a route of its own."""

    def __init__(self, config: EnvConfig, slots: int, num_cars: int) -> None:
        """Makes room for ``slots`` of the configured towns, as many may be in use at once, and for the cars' routes.

        Raises:
            UserError: they are in a file that cannot be read.
        """
        super().__init__(town_source(config), slots)
        town = config.town
        self._wishes = TripWishes(TASKS.index(town.trip), town.trip_min_m, town.trip_max_m)
        self._lanes, self._room = 0, make_room(0)
        self._streets: list[RouteMap | None] = [None] * len(self.places)
        self.trips = np.zeros((num_cars, len(Trip._fields)))
        self.route, self.rules = make_routes(num_cars, round(town.trip_max_m) + SPARE)
        self.ground = empty_ground(len(self.places))
        self.scenery = empty_scenery(len(self.places))

    def lay_route(self, car: int, slot: int, draws: FloatArray, trip: Trip | None) -> int:
        """Writes the route of a car that enters the town in a slot; returns the slot of the route.

        Args:
            car: Which one.
            slot: That of the town.
            draws: The car's row of ``Core.draws``, of which the trip is made if none is given.
            trip: The trip.
        """
        streets = self._streets[slot]
        assert streets is not None
        self._make_way_for(len(streets.graph.length))
        if trip is None:
            wish, room = draws[-1 - TRIP_DRAWS : -1], self._room.trips
            trip = Trip(*draw_trip(streets.graph, streets.stops, wish, self._wishes, room)[:4])
        self.trips[car] = trip
        while (count := write_route(streets, *trip, self._room, self.route, self.rules, car)) > self.segments:
            self._lengthen(int(count))
        return car

    def find_trip(self, slot: int, start: FloatArray, goal: FloatArray) -> Trip:
        """The trip between the lanes nearest to two places (2,) [m] in the town in a slot.

        Raises:
            UserError: a place lies off the lanes, or no way leads to the goal.
        """
        network = self.place(slot).network
        trip = Trip(*lane_at(network, "start", _pair(start)), *lane_at(network, "goal", _pair(goal)))
        find_route(network, trip[:2], trip[2:])
        return trip

    def require_trip(self, slot: int, trip: Trip) -> None:
        """Makes sure that a trip is one through the town in a slot.

        Raises:
            UserError: its lanes or stations are out of their range, or no way leads to its goal.
        """
        length = self.place(slot).network.lane_length
        lanes, stations = np.array(trip[::2]), np.array(trip[1::2])
        require_all((lanes >= 0) & (lanes < len(length)), "trips")
        require_all((stations >= 0.0) & (stations <= length[lanes]), "trips")
        find_route(self.place(slot).network, trip[:2], trip[2:])

    def arrays(self) -> dict[str, Any]:
        """What the camera sees and what cars follow, by the names of ``Core``."""
        names = ("ground", "scenery", "route", "rules")
        return {name: getattr(self, name) for name in names}

    @property
    def segments(self) -> int:
        """How many segments a route may have at present."""
        return int(self.rules.lanes.shape[1])

    def _make_way_for(self, lanes: int) -> None:
        """Makes room for finding routes through so many lanes."""
        if lanes > self._lanes:
            self._lanes, self._room = lanes, make_room(lanes)

    def _lengthen(self, segments: int) -> None:
        """Moves the routes of all cars to rows for so many segments."""
        cars = list(range(len(self.trips)))
        longer = make_routes(len(cars), segments + SPARE)
        for old, new in zip((self.route, self.rules), longer, strict=True):
            for car in cars:
                put(new, car, tuple(array[car] for array in old))
        self.route, self.rules = longer

    def _write(self, slot: int, place: AnyTown) -> None:
        ground = ground_rows(place)
        scenery = Scenery._make([array[0] for array in scenery_of(scenery_rows(place), ground.origins)])
        require_memory(sum(row.nbytes for row in (*ground, *scenery)), "The map of this town", "drive a smaller one")
        self.ground = with_room(self.ground, ground, self.used())
        self.scenery = with_room(self.scenery, scenery, self.used())
        self._streets[slot] = route_map(place.network)
        put(self.ground, slot, ground)
        put(self.scenery, slot, scenery)

    def __getstate__(self) -> dict[str, Any]:
        packed = pack((*self.ground, *self.scenery), self.used())
        return {**self.__dict__, "ground": None, "scenery": None, "packed": packed}

    def __setstate__(self, state: dict[str, Any]) -> None:
        arrays = unpack(state.pop("packed"), list(state["_number_in_slot"]))
        self.__dict__.update(state)
        fields = len(GroundMap._fields)
        self.ground, self.scenery = GroundMap._make(arrays[:fields]), Scenery._make(arrays[fields:])


def town_source(config: EnvConfig) -> SeededTowns | TownOfFile:
    """The towns that a configuration names.

    Raises:
        UserError: they are in a file that cannot be read, or that is no town.
    """
    if config.roads.file is not None:
        from sim.town.opendrive.town import read_town  # readers are loaded only where there is something to read

        return TownOfFile(read_town(Path(config.roads.file)))
    return SeededTowns(TownSettings(config.town.size_m, config.town.left_hand))


def _pair(place: FloatArray) -> tuple[float, float]:
    return float(place[0]), float(place[1])
