"""The plan of a town: which junctions there are and which streets join them.

A grid is sheared, jittered and thinned out; some cells are given a diagonal for their four sides. Where only two
streets meet they become one street with a bend.
"""

import math
from dataclasses import dataclass

import numpy as np

from sim.types import FloatArray

SPACING = 118.0  # m between two streets of the grid, about
SHEAR = 0.22  # the grid's other axis leans by up to this
JITTER = 0.16  # of the spacing
LEAST_GAP = math.radians(58.0)  # between two streets at a junction
THINNED = 0.13  # share of sides that are taken away
Side = tuple[int, int]


@dataclass
class Edge:
    """A street on the plan, along nodes; ``line`` is the row or column of the grid that it follows."""

    nodes: list[int]
    line: int
    bend: tuple[float, float] | None = None
    """A corner in the middle of a straight street [m]."""


@dataclass
class Plan:
    """Places [m] of the grid's nodes and the streets between those that are junctions."""

    places: FloatArray  # (nodes, 2)
    edges: list[Edge]
    lines: int
    """Rows and columns of the grid."""

    def corners(self, edge: Edge) -> FloatArray:
        """The street's corners, its ends included; (K, 2) [m]."""
        corners = self.places[edge.nodes]
        return corners if edge.bend is None else np.array([corners[0], edge.bend, corners[1]])


def draw_plan(random: np.random.Generator, size: float, main_lines: set[int]) -> Plan:
    """Draws a plan of this extent [m] in which the sides along ``main_lines`` stay."""
    count = lines_along(size)
    sides = _grid(count)
    _cut_corners(random, sides, count, main_lines)
    _thin_out(random, sides, main_lines)
    edges = _merge(sides)
    places = _place(random, size, count, edges)
    plan = Plan(places, edges, 2 * count)
    _bend_some(random, plan)
    return plan


def lines_along(size: float) -> int:
    """Streets of the grid in either direction."""
    return int(size / SPACING + 0.5) + 1


def _grid(count: int) -> dict[Side, int]:
    """Sides between neighbouring nodes, and the line of each: rows come first, then columns."""
    rows = {(j * count + i, j * count + i + 1): j for j in range(count) for i in range(count - 1)}
    columns = {(j * count + i, j * count + i + count): count + i for i in range(count) for j in range(count - 1)}
    return rows | columns


def _cut_corners(random: np.random.Generator, sides: dict[Side, int], count: int, main: set[int]) -> None:
    """In some cells, a diagonal takes the place of the four sides."""
    wanted, draws = int(random.integers(0, 2 + (count - 1) ** 2 // 16)), random.permutation((count - 1) ** 2).tolist()
    used: set[int] = set()
    for cell in draws:
        a = cell // (count - 1) * count + cell % (count - 1)
        corners = {a, a + 1, a + count, a + count + 1}
        around = [(a, a + 1), (a, a + count), (a + 1, a + count + 1), (a + count, a + count + 1)]
        falling = cell % 2 == 1
        ends = (a + 1, a + count) if falling else (a, a + count + 1)
        left = corners - set(ends)
        if wanted == 0 or corners & used or any(sides.get(side, -1) in main for side in around):
            continue
        if any(_degree(sides, node) < 4 for node in left):
            continue
        if any(_degree(sides, node) < 3 for node in ends):
            continue
        line = sides[around[0]]
        for side in around:
            del sides[side]
        sides[ends] = line
        used |= corners
        wanted -= 1


def _thin_out(random: np.random.Generator, sides: dict[Side, int], main: set[int]) -> None:
    """Takes sides away at which three or more others remain, so that T-junctions and larger blocks come about."""
    wanted = int(THINNED * len(sides) * random.uniform(0.4, 1.2))
    keys = list(sides)
    for k in random.permutation(len(keys)).tolist():
        side = keys[k]
        if wanted == 0:
            return
        if sides[side] in main or min(_degree(sides, side[0]), _degree(sides, side[1])) < 3:
            continue
        line = sides.pop(side)
        if _is_connected(sides):
            wanted -= 1
        else:
            sides[side] = line


def _degree(sides: dict[Side, int], node: int) -> int:
    return sum(node in side for side in sides)


def _is_connected(sides: dict[Side, int]) -> bool:
    """Whether all nodes that have a side can be reached, also when any one street is closed, which is checked later."""
    around: dict[int, list[int]] = {}
    for a, b in sides:
        around.setdefault(a, []).append(b)
        around.setdefault(b, []).append(a)
    seen, open_nodes = set(), [next(iter(around))]
    while open_nodes:
        node = open_nodes.pop()
        if node not in seen:
            seen.add(node)
            open_nodes += around[node]
    return len(seen) == len(around)


def _merge(sides: dict[Side, int]) -> list[Edge]:
    """Streets between nodes at which three or more sides meet."""
    around: dict[int, list[Side]] = {}
    for side in sides:
        for node in side:
            around.setdefault(node, []).append(side)
    edges, done = [], set()
    for start in sorted(node for node, found in around.items() if len(found) > 2):
        for first in around[start]:
            if first in done:
                continue
            nodes, side = [start], first
            while True:
                done.add(side)
                nodes.append(side[0] if side[1] == nodes[-1] else side[1])
                if len(around[nodes[-1]]) != 2:
                    break
                side = next(item for item in around[nodes[-1]] if item != side)
            edges.append(Edge(nodes, sides[first]))
    return edges


def _place(random: np.random.Generator, size: float, count: int, edges: list[Edge]) -> FloatArray:
    """Places of all nodes; jitter is taken back as far as the angles at junctions ask for it."""
    index = np.arange(count)
    spacing = size / (count - 1)
    shear = float(random.uniform(-SHEAR, SHEAR))
    x, y = (axis.ravel() for axis in np.meshgrid(index - 0.5 * (count - 1), index - 0.5 * (count - 1)))
    regular = spacing * np.stack([x + shear * y, y], axis=1)
    jitter = spacing * random.uniform(-JITTER, JITTER, regular.shape)
    for share in (1.0, 0.75, 0.5, 0.3, 0.0):
        places = regular + share * jitter
        if least_gap(places, edges) >= LEAST_GAP:
            break
    return np.asarray(places)


def least_gap(places: FloatArray, edges: list[Edge]) -> float:
    """Least angle between two streets at a junction [rad]."""
    return min(min(gaps) for gaps in _gaps(Plan(places, edges, 0)).values())


def _gaps(plan: Plan) -> dict[int, list[float]]:
    """Angles between neighbouring streets at each junction [rad]."""
    headings: dict[int, list[float]] = {}
    for edge in plan.edges:
        corners = plan.corners(edge).tolist()
        for node, here, there in ((edge.nodes[0], *corners[:2]), (edge.nodes[-1], corners[-1], corners[-2])):
            headings.setdefault(node, []).append(math.atan2(there[1] - here[1], there[0] - here[0]))
    gaps = {}
    for node, found in headings.items():
        found.sort()
        around = [*found[1:], found[0] + 2.0 * math.pi]
        gaps[node] = [b - a for a, b in zip(found, around, strict=True)]
    return gaps


def _bend_some(random: np.random.Generator, plan: Plan) -> None:
    """Gives some straight streets a corner in the middle, to be rounded, where the angles at their ends allow it."""
    for edge in plan.edges:
        draw, offset = random.uniform(0.0, 1.0), random.uniform(8.0, 16.0)
        if draw > 0.35 or len(edge.nodes) > 2:
            continue
        (ax, ay), (bx, by) = plan.places[edge.nodes].tolist()
        length = math.hypot(bx - ax, by - ay)
        share = (offset if draw < 0.175 else -offset) / length
        edge.bend = (0.5 * (ax + bx) - share * (by - ay), 0.5 * (ay + by) + share * (bx - ax))
        gaps = _gaps(plan)
        if length < 100.0 or min(gaps[edge.nodes[0]] + gaps[edge.nodes[1]]) < LEAST_GAP:
            edge.bend = None
