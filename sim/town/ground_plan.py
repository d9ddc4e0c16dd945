"""What is painted on the ground of a procedural town: ribbons along its streets, kerbs, islands and lines of teeth."""

import math
from collections.abc import Iterator

import numpy as np

from sim.camera.look import road_look
from sim.network.network import STOP_TO_YIELD, Network
from sim.roads.cells import FARTHEST_REACH
from sim.roads.course import CrossSection, Line, Surface
from sim.roads.style import WHITE
from sim.town.across import NEAR, STOP_LINE, painted_across, stop_place, teeth
from sim.town.kerb_lines import KerbLine, circle, kerb_lines
from sim.town.paint import DASH, GAP, NARROW
from sim.town.ribbons import PAST_MIDDLE, GroundPlan, Layer, Profiles, Ribbon, right_half
from sim.town.rings import MARGIN
from sim.town.sections import KERB, LONG, Rhythm, StreetPaint, street_paints, stretches, turned_around
from sim.town.style import TownStyle, draw_town_style
from sim.town.surfaces import Surfaces
from sim.town.town import Town
from sim.types import FloatArray

BEYOND = 2.5  # m of ground beside a pavement that the map knows, so that it looks blurred far off
FARTHEST_SIDE = 14.0  # m to the right of a kerb; a profile ends before


def plan_ground(town: Town) -> GroundPlan:
    """All that is painted on a town's ground, in colours of its own."""
    style, profiles, surfaces = draw_town_style(town.seed), Profiles(), town.surfaces
    pavement = round(float(surfaces.street_pavement.max()), 2)  # one width, so that they meet without a step
    ribbons = [
        *_streets(town, pavement, style, profiles),
        *_kerbs(town, pavement, style, profiles),
        *_stop_lines(town.network, style, profiles),
        *_ring_lines(town, style, profiles),
    ]
    outlines = np.stack([surfaces.outline_x, surfaces.outline_y], axis=1).astype(np.float64)
    look = road_look(style.road(), style.panorama)
    return GroundPlan(
        ribbons, profiles.sections, profiles.dashes, outlines, surfaces.outline_points, style.ground, look
    )


def _streets(town: Town, pavement: float, style: TownStyle, profiles: Profiles) -> Iterator[Ribbon]:
    surfaces = town.surfaces
    for street, paint in enumerate(street_paints(surfaces, painted_across(town.network, surfaces))):
        line = _centreline(street, surfaces)
        reach = max(-paint.right, paint.left) + pavement + BEYOND
        if reach < FARTHEST_REACH:
            found = stretches(paint, (-math.inf, math.inf), pavement, style)
            layers = [profiles.layer(*stretch, may_turn=True) for stretch in found]
            yield _street(line, paint, layers, reach, 0.0)
        else:
            yield _half(line, paint, pavement, style, profiles)
            yield _half(_against(line), turned_around(paint), pavement, style, profiles)


def _half(line: FloatArray, paint: StreetPaint, pavement: float, style: TownStyle, profiles: Profiles) -> Ribbon:
    """The half to the right of a wide street's centreline."""
    reach = pavement + BEYOND - paint.right
    layers = [
        profiles.layer(end, right_half(section, 0.5 * reach), rhythm, may_turn=False)
        for end, section, rhythm in stretches(paint, (-math.inf, PAST_MIDDLE), pavement, style)
    ]
    return _street(line, paint, layers, reach, 0.5 * reach)


def _street(line: FloatArray, paint: StreetPaint, layers: list[Layer], reach: float, shift: float) -> Ribbon:
    x, y, heading, curvature, station = line
    right, left = (np.full(len(x), edge) for edge in (paint.right, paint.left))
    return Ribbon(x, y, heading, curvature, station, right, left, layers, reach, shift)


def _centreline(street: int, surfaces: Surfaces) -> FloatArray:
    """x, y [m], heading [rad], curvature [1/m] and station [m] of a street's points; (5, M)."""
    rows = slice(*surfaces.street_points[street : street + 2].tolist())
    columns = (
        surfaces.street_x,
        surfaces.street_y,
        surfaces.street_heading,
        surfaces.street_curvature,
        surfaces.street_station,
    )
    return np.array([column[rows] for column in columns], dtype=np.float64)


def _against(line: FloatArray) -> FloatArray:
    """The same line in the opposite direction."""
    x, y, heading, curvature, station = line[:, ::-1]
    return np.stack([x, y, heading + math.pi, -curvature, line[4, -1] - station])


def _kerbs(town: Town, pavement: float, style: TownStyle, profiles: Profiles) -> Iterator[Ribbon]:
    """Kerbs of junctions with the pavement beside them, and of roundabouts' islands."""
    kerb, asphalt = Surface(-KERB, style.kerb), Surface(0.0, style.asphalt)
    section = profiles.index(CrossSection((Surface(-pavement, style.pavement), kerb, asphalt), ()), Rhythm())
    for line in kerb_lines(town.surfaces, town.network.left_hand):
        yield _kerb(line, section, pavement + BEYOND)
    green = CrossSection((Surface(-FARTHEST_SIDE, style.island), Surface(-2.0 * KERB, style.kerb), asphalt), ())
    for junction in np.flatnonzero(town.surfaces.ring_outer > 0.0).tolist():
        radius = float(town.surfaces.ring_island[junction])
        yield _kerb(circle(junction, town, radius), profiles.index(green, Rhythm()), radius)


def _kerb(line: KerbLine, section: int, reach: float) -> Ribbon:
    count = len(line.x)
    right, left = np.zeros(count), np.full(count, math.inf)
    layer = Layer(math.inf, 1.0 / LONG, -0.5 * LONG, section, False)
    return Ribbon(*line[:5], right, left, [layer], reach, 0.0, line.junction)


def _ring_lines(town: Town, style: TownStyle, profiles: Profiles) -> Iterator[Ribbon]:
    """Dashed lines between the lanes of roundabouts."""
    surfaces = town.surfaces
    section = CrossSection((Surface(-FARTHEST_SIDE, style.asphalt),), (Line(0.0, NARROW, WHITE, dashed=True),))
    for junction in np.flatnonzero(surfaces.ring_lanes > 1).tolist():
        lanes, outer = int(surfaces.ring_lanes[junction]), float(surfaces.ring_outer[junction])
        width = (outer - float(surfaces.ring_island[junction]) - 2.0 * MARGIN) / lanes
        for lane in range(1, lanes):
            line = circle(junction, town, outer - MARGIN - lane * width)
            layer = profiles.layer(math.inf, section, Rhythm(DASH + GAP, DASH), may_turn=False)
            edge = np.full(len(line.x), 0.5 * NARROW)
            yield Ribbon(*line[:5], -edge, edge, [layer], NARROW, 0.0, junction, True)


def _stop_lines(network: Network, style: TownStyle, profiles: Profiles) -> Iterator[Ribbon]:
    """What lies between kerbs of lines where cars stop: on the ways into roundabouts, and at a junction's edge."""
    for stop, lane in enumerate(network.stop_lane.tolist()):
        junction = int(network.lane_junction[lane])
        if junction < 0 and network.lane_length[lane] - network.stop_station[stop] < 0.5 * STOP_LINE + NEAR:
            junction = int(network.lane_junction[network.successors[network.successor_starts[lane]]])
        if junction >= 0:
            half = 0.5 * round(float(network.lane_width[lane]), 2)
            yields = network.stop_kind[stop] == STOP_TO_YIELD
            lines = teeth(-half, half) if yields else (Line(0.0, 2.0 * half, WHITE, dashed=True),)
            section = CrossSection((Surface(-FARTHEST_SIDE, style.asphalt),), lines)
            layer = profiles.layer(math.inf, section, Rhythm(LONG, STOP_LINE, 0.0), may_turn=False)
            x, y, heading = stop_place(network, stop)
            ends = np.array([-0.5, 0.5]) * STOP_LINE
            line = (x + ends * math.cos(heading), y + ends * math.sin(heading), np.full(2, heading), np.zeros(2), ends)
            yield Ribbon(*line, np.full(2, -half), np.full(2, half), [layer], half, 0.0, junction, True)
