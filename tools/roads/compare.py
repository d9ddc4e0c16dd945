"""How far the reader of OpenDRIVE maps is from the calculation in ``opendrive_standard``."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from sim.roads.formats.map_lanes import map_roads
from sim.roads.formats.opendrive import RoadMap
from sim.roads.formats.opendrive.lanes import DRIVABLE, border
from sim.roads.formats.opendrive.links import drivable_pieces, following, linked
from sim.roads.formats.opendrive.model import LanePiece, MapRoad
from sim.roads.formats.opendrive.plan import reference
from sim.roads.road import Road
from tools.roads.standard import LaneEnd, StandardMap, StandardRoad

STEP = 1.0  # m between the stations that are compared
FINE = 0.25  # m between those that driven lanes are compared with
NEAR = 16  # chords of lanes that a place on the road may belong to


@dataclass(frozen=True)
class LineErrors:
    """Reference lines and all borders of all lanes, as read."""

    stations: int
    lanes: int
    reference: float  # m, greatest distance between the two calculations
    border: float  # m
    height: float  # m


@dataclass(frozen=True)
class Links:
    """Which lanes meet."""

    count: int
    """Of lanes that can be driven, in the direction of traffic."""
    unlike: list[str]
    """Ends of lanes of which the reader and the standard say different things."""
    gap: float  # m, the widest between two lanes that follow one another, by the standard


@dataclass(frozen=True)
class Driven:
    """The roads that are driven on."""

    roads: int
    middle: float  # m, the greatest distance between their centrelines and the lanes' middles
    border: float  # m, between the borders of the driven lane and those of the file


def compare_lines(standard: StandardMap, read: RoadMap) -> LineErrors:
    """Every lane's borders and every reference line, every metre."""
    stations, lanes, worst = 0, 0, np.zeros(3)
    for road_id, road in _kept(standard, read):
        for index, stretch in enumerate(road.stretches):
            s = _stations(road, index, STEP)
            stations += len(s)
            lanes += len(stretch) - 1
            worst = np.maximum(worst, _lines_apart(road, read.roads[road_id], index, s))
    return LineErrors(stations, lanes, *worst.tolist())


def _lines_apart(road: StandardRoad, read: MapRoad, index: int, s: np.ndarray) -> np.ndarray:
    places = reference(read, s, *road.reach(index))
    reference_line = np.abs(places.x + 1j * places.y - road.reference(index, s)[0]).max()
    borders = [
        np.abs(border(read, read.sections[index], lane, s) @ [1.0, 1j] - road.border(index, lane, s)).max()
        for lane in road.stretches[index]
    ]
    height = np.abs(read.elevation(s) - road.profile("elevationProfile/elevation", index, s)).max()
    return np.array([reference_line, max(borders), height])


def compare_links(standard: StandardMap, read: RoadMap) -> Links:
    """Both ends of every lane, and the gaps of those that can be driven."""
    unlike = [
        f"{road_id}:{lane}:{index} {end}"
        for road_id, road in _kept(standard, read)
        for index, stretch in enumerate(road.stretches)
        for lane in stretch
        for end in ("start", "end")
        if lane and _read_links(read, road_id, index, lane, end) != standard.meeting(LaneEnd(road_id, index, lane, end))
    ]
    pairs = [(piece, after) for piece in drivable_pieces(read) for after in following(read, piece)]
    gaps = [standard.gap(_end(piece, True), _end(after, False)) for piece, after in pairs]
    return Links(len(pairs), unlike, max(gaps, default=0.0))


def _read_links(read: RoadMap, road: str, section: int, lane: int, end: str) -> set[LaneEnd]:
    found = linked(read, LanePiece(road, section, lane, end == "end"))
    return {_end(item, False) for item in found if item.lane in read.roads[item.road].sections[item.section].lanes}


def _end(piece: LanePiece, leaving: bool) -> LaneEnd:
    return LaneEnd(piece.road, piece.section, piece.lane, "end" if piece.along == leaving else "start")


def compare_driven(standard: StandardMap, read: RoadMap) -> Driven:
    """The road of every route: its middle and the driven lane's borders against the lane of the file that fits best."""
    chords = np.concatenate(list(_chords(standard)))
    middles = chords[:, 0].mean(axis=1)
    tree = cKDTree(np.stack([middles.real, middles.imag], axis=1))
    roads = map_roads(read, "all")
    worst = np.zeros(2)
    for road in roads:
        lines = _driven_lines(road)
        _, near = tree.query(np.stack([lines[0].real, lines[0].imag], axis=1), k=min(NEAR, len(chords)))
        middle, right, left = (_distances(line, chords[near, part]) for part, line in enumerate(lines))
        borders = np.maximum(right, left)
        best = np.argmin(middle + borders, axis=1)[:, None]
        apart = [np.take_along_axis(distances, best, axis=1).max() for distances in (middle, borders)]
        worst = np.maximum(worst, apart)
    return Driven(len(roads), *worst.tolist())


def _chords(standard: StandardMap) -> Iterator[np.ndarray]:
    """Short pieces of all lanes to drive (K, 3, 2): middle, right and left border in traffic, with two complex ends."""
    for road in standard.roads.values():
        for index, stretch in enumerate(road.stretches):
            s = _stations(road, index, FINE)
            for number, (lane, _) in stretch.items():
                if number and lane.get("type") in DRIVABLE:
                    inner = number - (1 if number > 0 else -1)
                    borders = sorted((number, inner), reverse=road.runs_against(index, number))
                    lines = road.middle(index, number, s), *(road.border(index, side, s) for side in borders)
                    yield np.stack([np.stack(lines, axis=1)[:-1], np.stack(lines, axis=1)[1:]], axis=2)


def _driven_lines(road: Road) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Complex points (K,) of a route's centreline and of its lane's right and left border, in the file's axes."""
    line = road.line
    first, last = road.route_bounds
    within = slice(int(np.ceil(first / line.step)), int(last / line.step))
    middle = (line.x + 1j * line.y)[within] + complex(*road.origin)
    aside = (0.5j * road.edges[:, 0] * np.exp(1j * line.heading))[within]
    return middle, middle - aside, middle + aside


def _distances(points: np.ndarray, chords: np.ndarray) -> np.ndarray:
    """From points (K,) to straights through two points each (K, N, 2); shape (K, N) [m]."""
    ahead = chords[:, :, 1] - chords[:, :, 0]
    across = np.abs(((points[:, None] - chords[:, :, 0]) * np.conj(ahead)).imag)
    return np.asarray(across / np.maximum(np.abs(ahead), 1e-9))


def _kept(standard: StandardMap, read: RoadMap) -> list[tuple[str, StandardRoad]]:
    """The roads of both calculations: the reader passes over those that are nothing but rounding."""
    return [(road_id, road) for road_id, road in standard.roads.items() if road_id not in read.passed]


def _stations(road: StandardRoad, index: int, step: float) -> np.ndarray:
    first, last = road.reach(index)
    return np.linspace(first, last, max(int(np.ceil((last - first) / step)), 1) + 1)
