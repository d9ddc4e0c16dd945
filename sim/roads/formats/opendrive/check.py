"""What must hold for a map to be driven on; what merely ends somewhere is noted."""

import numpy as np

from sim.errors import UserError
from sim.roads.formats.opendrive.joins import Join, named_once, unnamed
from sim.roads.formats.opendrive.lanes import DRIVABLE, inner, laterals, spread
from sim.roads.formats.opendrive.links import loose_ends
from sim.roads.formats.opendrive.model import Lane, Link, MapRoad, RoadMap
from sim.roads.formats.opendrive.parse_lanes import MOST_LANES
from sim.roads.formats.opendrive.parse_plan import MOST_GEOMETRIES
from sim.roads.formats.opendrive.plan import along, reference
from sim.types import FloatArray

LARGEST_JUMP = 1.0  # m between two geometries of a reference line
MOST_NOTED = 5  # of one kind
NEGATIVE_WIDTH = -0.05  # m; what cubics of real files undershoot
EMPTY = 0.1  # m; a driving lane that is never wider is none
CHECK_STEP, MOST_CHECKED = 2.0, 200  # m between the places of a section that are looked at, and how many they are
WIDEST, FARTHEST = 1000.0, 1000.0  # m: a lane, and from its reference line
MOST_METRES = 1_000_000.0  # of all roads and lanes together


def check_map(road_map: RoadMap) -> None:
    """Refuses a map that folds or jumps, and notes what a user should know.

    Raises:
        UserError: a road jumps, or a lane's borders fold.
    """
    lanes = sum(len(section.lanes) for road in road_map.roads.values() for section in road.sections)
    if lanes > MOST_LANES:
        raise UserError(f"{road_map.path} has {lanes} lanes in all its sections, but may have {MOST_LANES:,}.")
    metres = sum(item.length * len(item.lanes) for road in road_map.roads.values() for item in road.sections)
    if metres > MOST_METRES:
        raise UserError(
            f"{road_map.path} has {metres / 1000.0:.0f} km of lanes, but may have {MOST_METRES / 1000.0:.0f}."
        )
    geometries = sum(len(road.geometries) for road in road_map.roads.values())
    if geometries > MOST_GEOMETRIES:
        raise UserError(f"{road_map.path} has {geometries:,} geometries, but may have {MOST_GEOMETRIES:,}.")
    note(road_map, "road is too short to be driven, and passed over", [f"road {name}" for name in road_map.passed])
    empty: list[str] = []
    for road in road_map.roads.values():
        _check_line(road_map, road)
        empty += _check_lanes(road_map, road)
    skipped = [f"road {road.id} at s = {s:g}" for road in road_map.roads.values() for s in road.skipped]
    note(road_map, "geometry is too short to be driven, or whirls, and is passed over", skipped)
    note(road_map, "link leads to nothing", _broken_links(road_map))
    note(road_map, "lane is linked to one that is not there", loose_ends(road_map))
    _join(road_map, "link stands at one of two lanes alone, and is taken for both", named_once(road_map))
    _join(road_map, "lane ends where another begins without a link, and goes on there", unnamed(road_map))
    note(road_map, f"driving lane is never wider than {EMPTY} m", empty)
    banked = [f"road {road.id}" for road in road_map.roads.values() if np.any(road.superelevation.coefficients)]
    note(road_map, "road is banked, but drawn flat", banked)
    hilly = [f"road {road.id}" for road in road_map.roads.values() if np.any(road.elevation.coefficients[:, 1:])]
    note(road_map, "road rises or falls, but is drawn flat", hilly)


def note(road_map: RoadMap, what: str, places: list[str]) -> None:
    """Notes what is the matter, unless it is nowhere."""
    if not places:
        return
    more = f" and {len(places) - MOST_NOTED} more" if len(places) > MOST_NOTED else ""
    road_map.notes.append(f"A {what}: {', '.join(places[:MOST_NOTED])}{more}.")


def _join(road_map: RoadMap, why: str, joins: list[Join]) -> None:
    """Lets lanes follow one another that the file does not link well, and notes why."""
    for before, after in joins:
        road_map.joined.setdefault(before, []).append(after)
    note(road_map, why, [f"{before} to {after}" for before, after in joins])


def _check_line(road_map: RoadMap, road: MapRoad) -> None:
    where = f"{road_map.path}, line {road.line}: road {road.id}"
    if road.geometries[0].s > LARGEST_JUMP:
        raise UserError(f"{where} has no geometry before s = {road.geometries[0].s:g}.")
    for before, after in zip(road.geometries[:-1], road.geometries[1:], strict=True):
        if after.s - before.s < 1e-9:
            raise UserError(f"{where} has two geometries at s = {after.s:g}.")
        end = along(before, np.array([after.s - before.s]))
        jump = float(np.hypot(end.x[0] - after.x, end.y[0] - after.y))
        if jump > LARGEST_JUMP:
            raise UserError(
                f"{where} jumps by {jump:.2f} m at s = {after.s:g}, where a geometry ends and another begins."
            )
    last = road.geometries[-1]
    if road.length > last.s + last.length + LARGEST_JUMP:
        raise UserError(f"{where} is {road.length:g} m long, but its geometry ends at s = {last.s + last.length:g}.")
    places = np.stack(reference(road, np.array([0.0, road.length])))
    if not np.isfinite(places).all() or np.abs(places[:2]).max() > 1e9:
        raise UserError(f"{where} leads beyond all numbers.")


def _check_lanes(road_map: RoadMap, road: MapRoad) -> list[str]:
    """Returns the lanes to drive that are nowhere wide.

    Raises:
        UserError: a lane lies far off, or its borders fold.
    """
    empty = []
    for section in road.sections:
        s = spread(section, max(CHECK_STEP, section.length / MOST_CHECKED))
        t = laterals(road, section, s)
        if max(float(np.abs(beside).max()) for beside in t.values()) > FARTHEST:
            raise UserError(
                f"{road_map.path}, line {road.line}: road {road.id} has lanes more than {FARTHEST:.0f} m beside it."
            )
        for number, lane in section.lanes.items():
            if number == 0:
                continue
            if lane.width is None and lane.border is not None:
                _refuse_sign(road_map, road, lane, t[number], t[inner(number)])
            if lane.width is not None:
                places, wide = lane.width.extremes(section.length)
            else:
                places, wide = s - section.start, (t[number] - t[inner(number)]) * (1 if number > 0 else -1)
            _refuse_folds(road_map, road, lane, section.start + places, wide)
            if lane.kind in DRIVABLE and wide.max() < EMPTY:
                empty.append(f"{road.id}:{number}")
    return empty


def _refuse_sign(road_map: RoadMap, road: MapRoad, lane: Lane, outer: FloatArray, within: FloatArray) -> None:
    """Refuses a border (K,) [m] that lies beyond the inner one ``within`` (K,) but for its sign.

    Raises:
        UserError: it does.
    """
    side = 1 if lane.id > 0 else -1
    if ((outer - within) * side).min() < NEGATIVE_WIDTH <= ((-outer - within) * side).min():
        raise UserError(
            f"{road_map.path}, line {lane.line}: road {road.id}, lane {lane.id} has its border at {outer[0]:.2f} m, "
            "on the other side of the road: borders to the left are positive, to the right negative, so its sign is "
            "wrong."
        )


def _refuse_folds(road_map: RoadMap, road: MapRoad, lane: Lane, s: FloatArray, wide: FloatArray) -> None:
    """Refuses a lane whose widths ``wide`` (K,) [m] at stations ``s`` (K,) [m] are none.

    Raises:
        UserError: its borders fold.
    """
    least, greatest = int(np.argmin(wide)), float(wide.max())
    if lane.width is not None and greatest < NEGATIVE_WIDTH:
        raise UserError(
            f"{road_map.path}, line {lane.line}: road {road.id}, lane {lane.id} is {greatest:.2f} m wide: widths are "
            "positive on either side of the road, so its sign is wrong."
        )
    if not (wide[least] >= NEGATIVE_WIDTH and greatest <= WIDEST):
        raise UserError(
            f"{road_map.path}, line {lane.line}: road {road.id}, lane {lane.id} is {wide[least]:.2f} to "
            f"{greatest:.2f} m wide: its borders fold at s = {s[least]:.1f}."
        )


def _broken_links(road_map: RoadMap) -> list[str]:
    broken = [
        f"road {road.id} to {link.kind} {link.id}"
        for road in road_map.roads.values()
        for link in (road.predecessor, road.successor)
        if link is not None and not _exists(road_map, link)
    ]
    for junction in road_map.junctions.values():
        for connection in junction.connections:
            broken += [
                f"junction {junction.id} to road {road}"
                for road in (connection.incoming, connection.road)
                if road_map.road(road) is None
            ]
    return broken


def _exists(road_map: RoadMap, link: Link) -> bool:
    return road_map.road(link.id) is not None if link.kind == "road" else link.id in road_map.junctions
