"""A whole OpenDRIVE map as a town: network, ribbons, and what stands beside the roads."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.errors import UserError
from sim.fields import quoted
from sim.network.connected import connected
from sim.network.network import Network
from sim.network.validate import validate
from sim.roads.formats.opendrive.check import MOST_NOTED
from sim.roads.formats.opendrive.model import RoadMap
from sim.roads.formats.opendrive.parse import read_map
from sim.roads.formats.opendrive.routes import Router, all_routes
from sim.roads.formats.opendrive.rules import MapRules, read_rules
from sim.roads.formats.opendrive.signs import Signal
from sim.town.furniture import Furniture
from sim.town.opendrive.lanes import SHORTEST, MapLanes, lanes_of, links_of
from sim.town.opendrive.lines import MapLines, centre_lines
from sim.town.opendrive.network import MapParts, network_of
from sim.town.opendrive.paint import across_roads
from sim.town.opendrive.ribbons import RoadRibbon, ribbons_of
from sim.town.opendrive.scenery import furnish_map
from sim.types import BoolArray, FloatArray

LARGEST_AREA = 25.0  # km^2 that a town covers: its ground map takes 10 bytes a square metre
NOT_CLOSED = 0.01  # m; lanes that miss each other by more are worth a note


@dataclass(frozen=True, eq=False)
class MapTown:
    """A town from a file; its coordinates are the file's, less the origin."""

    path: Path
    network: Network
    ribbons: tuple[RoadRibbon, ...]
    furniture: Furniture
    names: tuple[str, ...]
    """Of each lane: ROAD:LANE, and the section where others of the road have the same name."""
    junctions: tuple[str, ...]
    """Ids of the network's junctions."""
    main: BoolArray
    """(L,), lanes of the largest part in which every lane leads to every other; none where no lane leads back."""
    origin: tuple[float, float]
    """What was taken off the file's coordinates [m]."""
    notes: tuple[str, ...]
    """What a user should know, a sentence each."""
    seed: int = 0
    """Of the colours of what the file does not describe."""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self.path.name

    def lane(self, name: str) -> int:
        """The number of a lane by its name; of several on one road, the first one.

        Raises:
            UserError: there is none.
        """
        if name in self.names:
            return self.names.index(name)
        found = next((k for k, own in enumerate(self.names) if own.startswith(f"{name}:")), None)
        if found is None:
            some = ", ".join(self.names[:MOST_NOTED])
            raise UserError(f"{self.path} has no lane {quoted(name)} that a car can drive on; name one such as {some}.")
        return found


def read_town(path: Path) -> MapTown:
    """The town of an OpenDRIVE map (.xodr).

    Raises:
        UserError: the file cannot be read, is no such map, or is none that a town can be made of.
    """
    return town_of(read_map(path))


def town_of(road_map: RoadMap) -> MapTown:
    """The town of a map that has been read; its rules are read from the same file.

    Raises:
        UserError: no lane can be driven on, or the map is too large.
    """
    rules, router = read_rules(road_map.path), Router(road_map)
    lanes = lanes_of(router, rules)
    if not lanes.stretches:
        all_routes(router)  # says why none can be driven on, unless it is for their length
        raise UserError(f"{road_map.path} has no lane of {SHORTEST} m or more that a car can drive on.")
    lines = centre_lines(road_map, lanes, links_of(lanes, router))
    _refuse_size(road_map, lines)
    left_hand = _left_hand(road_map, lanes, lines)
    parts = network_of(router, rules, lanes, lines, left_hand)
    validate(parts.network, str(road_map.path), open_ends=True)
    across = across_roads(parts.network, lanes, parts.places)
    x, y = lines.origin.tolist()
    return MapTown(
        path=road_map.path,
        network=parts.network,
        ribbons=tuple(ribbons_of(road_map, lines.origin, across)),
        furniture=furnish_map(road_map, rules, parts, lines.origin),
        names=_names(router, lanes),
        junctions=parts.ways.names,
        main=connected(parts.network).main,
        origin=(x, y),
        notes=tuple(_notes(road_map, rules, parts, left_hand)),
    )


def _refuse_size(road_map: RoadMap, lines: MapLines) -> None:
    wide, tall = (float(np.ptp(values)) / 1000.0 for values in (lines.lines.x, lines.lines.y))
    if wide * tall > LARGEST_AREA:
        raise UserError(
            f"{road_map.path} reaches over {wide:.1f} x {tall:.1f} km, but a town may cover {LARGEST_AREA:.0f} km^2; "
            "take a part of the map."
        )


def _left_hand(road_map: RoadMap, lanes: MapLanes, lines: MapLines) -> bool:
    """Whether traffic keeps to the left on more than half of the way."""
    left = np.array([road_map.roads[lanes.road(lane)].left_hand for lane in range(len(lanes.stretches))])
    length: FloatArray = lines.lines.length
    return bool(2.0 * length[left].sum() > length.sum())


def _names(router: Router, lanes: MapLanes) -> tuple[str, ...]:
    """ROAD:LANE, ROAD:LANE:SECTION where that is taken, and ROAD:LANE:SECTION@S where that is, too."""
    taken: dict[str, None] = {}
    for stretches in lanes.stretches:
        piece = stretches[0].piece
        name = router.name(piece)
        for more in (f"{piece}:{piece.section}", f"{piece}:{piece.section}@{stretches[0].way[0]:.0f}"):
            name = more if name in taken else name
        taken[name if name not in taken else f"{name}.{len(taken)}"] = None
    return tuple(taken)


def _notes(road_map: RoadMap, rules: MapRules, parts: MapParts, left_hand: bool) -> list[str]:
    notes = list(rules.notes)
    lanes = parts.lanes

    def note(what: str, places: list[str]) -> None:
        if places:
            more = f" and {len(places) - MOST_NOTED} more" if len(places) > MOST_NOTED else ""
            notes.append(f"A {what}: {', '.join(places[:MOST_NOTED])}{more}.")

    note("lane breaks off or turns more tightly than a car, and is left out", list(map(str, lanes.left_out)))
    refused = [f"{lanes.stretches[a][-1].piece} to {lanes.stretches[b][0].piece}" for a, b in parts.lines.refused]
    note("link leads to a lane that begins elsewhere, and is passed over", refused)
    note("junction leads nowhere", _dead_junctions(road_map, rules, parts))
    virtual = [name for name, own in rules.junctions.items() if own.kind == "virtual"]
    note("junction is virtual, and its lanes are taken for those of roads", virtual)
    note("traffic light or sign is at no road that is there", [f"line {s.line}" for s in _lost(road_map, rules)])
    idle = [f"line {signal.line}" for signal in parts.regulation.idle if signal.road in road_map.roads]
    note("traffic light or sign rules no lane before a junction", idle)
    note("crosswalk lies on no lane, or is too narrow or wide", parts.idle_crosswalks)
    note("controller would let conflicting lanes go at once, so each road gets lights of its own", parts.lights.split)
    other = [road.id for road in road_map.roads.values() if road.left_hand != left_hand]
    side = "left" if left_hand else "right"
    note(f"road is not for traffic on the {side}, whose rules hold on the whole map", other)
    if parts.lines.gap > NOT_CLOSED:
        notes.append(f"Lanes that follow one another miss each other by up to {parts.lines.gap:.2f} m, and are joined.")
    return notes


def _lost(road_map: RoadMap, rules: MapRules) -> list[Signal]:
    return [signal for signal in rules.signals if signal.road not in road_map.roads]


def _dead_junctions(road_map: RoadMap, rules: MapRules, parts: MapParts) -> list[str]:
    """Junctions that no lane leads through; not such as lead over roads that are too short for one."""
    passed = {
        name
        for name, junction in road_map.junctions.items()
        if any(item.road in road_map.passed or junction.direct for item in junction.connections)
    }
    virtual = {name for name, own in rules.junctions.items() if own.kind == "virtual"}
    alive = {
        parts.ways.names[junction]
        for lane, junction in enumerate(parts.ways.junction.tolist())
        if junction >= 0 and parts.ways.successors[lane]
    }
    return [name for name in road_map.junctions if name not in alive | passed | virtual]
