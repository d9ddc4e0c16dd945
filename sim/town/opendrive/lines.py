"""Centre lines of the lanes of a map, and how they meet: exactly, where the file brings them near one another."""

import itertools
import math
from typing import NamedTuple

import numpy as np

from sim.network.lines import Evened, Lines, even_out
from sim.roads.formats.opendrive.lanes import middles, widths
from sim.roads.formats.opendrive.links import LARGEST_GAP
from sim.roads.formats.opendrive.model import RoadMap
from sim.roads.formats.sampling import origin_of, stations
from sim.roads.formats.way import join_ends
from sim.town.opendrive.lanes import LaneLink, MapLanes, Stretch
from sim.types import FloatArray, IntArray

DENSE = 0.25  # m between the points of a lane's middle
TOUCHING = 0.01  # m; points that are nearer to each other are one
LEAST = 1e-6  # m; shorter stretches have no direction
BLEND = 10.0  # m of a lane on which it is bent towards the place where lanes meet, at the most
LARGEST_KINK = math.radians(45.0)  # between two lanes that follow one another
Pose = tuple[float, float, float]  # x, y [m], heading [rad]


class MapLines(NamedTuple):
    """Centre lines, and what was found out on the way."""

    lines: Evened
    width: FloatArray  # (L,), m, the median along each lane
    links: IntArray  # (K, 2): a lane and a successor
    refused: list[tuple[int, int]]  # links that lead elsewhere than where the lane ends
    gap: float  # m, the greatest that was closed
    origin: FloatArray  # (2,), m, what was taken off the file's coordinates


def centre_lines(road_map: RoadMap, lanes: MapLanes, links: list[LaneLink]) -> MapLines:
    """The lines of all lanes, joined at those of the ``links`` that can be driven."""
    parts = _parts(road_map, lanes)
    origin = origin_of(np.concatenate([points for points, _ in parts]))
    points = [part - origin for part, _ in parts]
    ends = np.array([(_pose(line, False), _pose(line, True)) for line in points])
    gaps = [_gap(link, ends) for link in links]
    fits = [gap <= LARGEST_GAP and kink <= LARGEST_KINK for gap, kink in gaps]
    kept = [link[:2] for link, fit in zip(links, fits, strict=True) if fit]
    wanted = _meet(ends, kept)
    lines = [_line(_bent(*item), item[2]) for item in zip(points, ends, wanted, strict=True)]
    columns = [np.concatenate(column) for column in zip(*lines, strict=True)]
    return MapLines(
        even_out(Lines(np.array([len(line[0]) for line in lines]), *columns)),
        np.array([width for _, width in parts]),
        np.array(kept, dtype=np.int64).reshape(-1, 2),
        [link[:2] for link, fit in zip(links, fits, strict=True) if not fit],
        max((gap for (gap, _), fit in zip(gaps, fits, strict=True) if fit), default=0.0),
        origin,
    )


def _parts(road_map: RoadMap, lanes: MapLanes) -> list[tuple[FloatArray, float]]:
    """Points (K, 2) [m] of every lane in the direction of travel, and its median width [m]."""
    parts = []
    known: dict[tuple[str, int, float, float], tuple[dict[int, FloatArray], dict[int, FloatArray]]] = {}
    road = ""
    for stretches in lanes.stretches:
        if stretches[0].piece.road != road:
            road = stretches[0].piece.road
            known.clear()
        pieces, wide = [], []
        for stretch in stretches:
            if stretch.end - stretch.begin > LEAST:
                points, width = _sampled(road_map, stretch, known)
                pieces.append(points)
                wide.append(width)
        parts.append((_chained(pieces), float(np.median(np.concatenate(wide)))))
    return parts


def _sampled(
    road_map: RoadMap,
    stretch: Stretch,
    known: dict[tuple[str, int, float, float], tuple[dict[int, FloatArray], dict[int, FloatArray]]],
) -> tuple[FloatArray, FloatArray]:
    """Points and widths along a stretch, which those of the lanes beside it come with."""
    piece = stretch.piece
    key = (piece.road, piece.section, stretch.begin, stretch.end)
    if key not in known:
        road = road_map.roads[piece.road]
        section = road.sections[piece.section]
        s = np.linspace(stretch.begin, stretch.end, max(math.ceil((stretch.end - stretch.begin) / DENSE), 1) + 1)
        known[key] = middles(road, section, s), widths(road, section, s)
    points, width = (values[piece.lane] for values in known[key])
    return (points if piece.along else points[::-1]).copy(), width


def _chained(pieces: list[FloatArray]) -> FloatArray:
    """One line of points, at least two; those that miss each other by a little are bent towards one another."""
    for before, after in itertools.pairwise(pieces):
        join_ends(before, after)
    points = np.concatenate(pieces)
    keep = np.concatenate([[True], np.hypot(*np.diff(points, axis=0).T) > TOUCHING])
    keep[-1] = True
    if np.hypot(*(points[keep][-1] - points[keep][-2])) <= TOUCHING and np.count_nonzero(keep) > 2:
        keep[np.flatnonzero(keep)[-2]] = False
    return np.asarray(points[keep])


def _pose(points: FloatArray, last: bool) -> Pose:
    """Where a line begins or ends, and its heading there, carried on from its two outermost chords."""
    chords = np.diff(points[-3:] if last else points[:3], axis=0)
    headings = np.unwrap(np.arctan2(chords[:, 1], chords[:, 0]))
    outer, inner = (headings[-1], headings[0]) if last else (headings[0], headings[-1])
    lengths = np.hypot(*chords.T)
    share = (lengths[-1] if last else lengths[0]) / lengths.sum() if len(chords) > 1 else 0.0
    x, y = points[-1 if last else 0].tolist()
    return x, y, float(outer + share * (outer - inner))


def _gap(link: LaneLink, ends: FloatArray) -> tuple[float, float]:
    """How far from each other [m], and at which angle [rad], two lanes meet."""
    end, begin = ends[link.before, 1], ends[link.after, 0]
    kink = math.remainder(float(begin[2] - end[2]), 2.0 * math.pi)
    return max(float(np.hypot(*(begin - end)[:2])) - link.between, 0.0), abs(kink)


def _meet(ends: FloatArray, links: list[tuple[int, int]]) -> FloatArray:
    """The poses (L, 2, 3) that lanes should begin and end with: the mean of all that meet in one place."""
    place = list(range(2 * len(ends)))  # begin and end of each lane

    def root(k: int) -> int:
        while place[k] != k:
            place[k] = place[place[k]]
            k = place[k]
        return k

    for before, after in links:
        place[root(2 * before + 1)] = root(2 * after)
    group = np.array([root(k) for k in range(len(place))])
    poses = ends.reshape(-1, 3)
    turn = np.exp(1j * (poses[:, 2] - poses[group, 2]))
    count = np.maximum(np.bincount(group, minlength=len(group)), 1)
    x, y, cos, sin = (
        np.bincount(group, values, minlength=len(group)) / count
        for values in (poses[:, 0] - poses[group, 0], poses[:, 1] - poses[group, 1], turn.real, turn.imag)
    )
    mean = np.stack([x[group], y[group], np.arctan2(sin, cos)[group]], axis=1) + poses[group]
    return np.asarray(mean.reshape(ends.shape))


def _bent(points: FloatArray, ends: FloatArray, wanted: FloatArray) -> FloatArray:
    """A line whose ends are moved and turned to the ``wanted`` poses (2, 3).

    With u = a / B, a the way from the end and B that on which the line is bent, the end's displacement fades by
    (1 - u)^2 (1 + 2 u), and a turn by the angle e adds a tan(e) (1 - u)^2 to the side: both leave the rest as it is.
    """
    along = stations(points)
    blend = min(BLEND, 0.5 * along[-1])
    result = points.copy()
    for end, sign in ((0, 1.0), (1, -1.0)):
        a = along if end == 0 else along[-1] - along
        u = np.minimum(a / blend, 1.0)
        turn = math.remainder(float(wanted[end, 2] - ends[end, 2]), 2.0 * math.pi)
        aside = np.array([-math.sin(ends[end, 2]), math.cos(ends[end, 2])])
        result += ((1.0 - u) ** 2 * (1.0 + 2.0 * u))[:, None] * (wanted[end, :2] - ends[end, :2])
        result += (sign * math.tan(turn) * a * (1.0 - u) ** 2)[:, None] * aside
    return result


def _line(points: FloatArray, wanted: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """x, y, heading and curvature of a line's points; at its ends, the heading is that of the ``wanted`` poses."""
    along = stations(points)
    chords = np.diff(points, axis=0)
    heading = np.unwrap(np.arctan2(chords[:, 1], chords[:, 0]))
    begin, end = (
        near + math.remainder(float(pose[2]) - near, 2.0 * math.pi)
        for near, pose in ((float(heading[0]), wanted[0]), (float(heading[-1]), wanted[1]))
    )
    at = np.concatenate([[0.0], 0.5 * (along[1:] + along[:-1]), [along[-1]]])
    values = np.concatenate([[begin], heading, [end]])
    before, after = np.maximum(along - 0.5, 0.0), np.minimum(along + 0.5, along[-1])
    turned = np.interp(after, at, values) - np.interp(before, at, values)
    return points[:, 0], points[:, 1], np.interp(along, at, values), turned / (after - before)
