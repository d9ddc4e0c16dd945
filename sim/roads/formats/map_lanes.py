"""From a route through an OpenDRIVE map to a road that can be driven: its centreline is the middle of the lane."""

from collections.abc import Iterator

import numpy as np

from sim.errors import UserError
from sim.roads.course import Course, CrossSection
from sim.roads.formats.map_section import cross_sections, edges_of, style_of
from sim.roads.formats.opendrive.model import RoadMap
from sim.roads.formats.opendrive.routes import MapRoute, Router, all_routes, named_route
from sim.roads.formats.sampling import centerline_through, extend, origin_of, stations
from sim.roads.formats.scenery import draw_scenery
from sim.roads.formats.sections import course_of
from sim.roads.formats.way import SHORTEST_ROUTE, Way, is_long_enough, way_of
from sim.roads.road import OPEN_END, OPEN_START, Road
from sim.roads.style import RoadStyle
from sim.types import EDGE_FIELDS

MOST_ROUTES = 500  # of one file


def map_roads(road_map: RoadMap, lane: str | None) -> list[Road]:
    """The roads that a lane's name stands for: see ``formats.read_roads``.

    Raises:
        UserError: there is no such lane, or it cannot be driven.
    """
    router = Router(road_map)
    if lane not in (None, "all"):
        return [_road(router, named_route(router, lane), 0)]
    every = all_routes(router)
    routes = [route for route in every if is_long_enough(route.length)]
    if not routes:
        longest = max(every, key=lambda route: route.length)
        raise UserError(
            f"{road_map.path} has no lane of {SHORTEST_ROUTE:.0f} m or more: the longest, {longest.name}, has "
            f"{longest.length:.2f} m, because {longest.end}."
        )
    roads = _sound_roads(router, routes[:MOST_ROUTES])
    return [next(roads)] if lane is None else list(roads)


def _sound_roads(router: Router, routes: list[MapRoute]) -> Iterator[Road]:
    """The roads of those routes that can be driven.

    Raises:
        UserError: none can be; the message is about the first.
    """
    first, count = None, 0
    for route in routes:
        try:
            road = _road(router, route, count)
        except UserError as error:
            first = first or error
            continue
        count += 1
        yield road
    if first is not None and count == 0:
        raise first


def _road(router: Router, route: MapRoute, seed: int) -> Road:
    """A route as a road.

    Raises:
        UserError: the lane is too narrow or too short, or folds onto itself.
    """
    way = way_of(router, route)
    origin = origin_of(way.points)
    points, before = way.points - origin, 0.0
    if not way.closed:
        points, before = extend(points, OPEN_START, OPEN_END), OPEN_START
    line, along = centerline_through(points, way.closed)
    at = stations(way.points)
    nearest = np.searchsorted(0.5 * (at[1:] + at[:-1]), along - before)
    places = dict.fromkeys((piece.road, piece.section) for piece in route.pieces)
    sections = [router.map.roads[name].sections[index] for name, index in places]
    style = style_of(sections, float(np.median(way.width)))
    course = _course(router.map, route, way.at(nearest), style)
    objects, (x, y) = draw_scenery(line, course, style, seed), origin.tolist()
    return Road(seed, line, style, course, objects, name=route.name, origin=(x, y))


def _course(road_map: RoadMap, route: MapRoute, way: Way, style: RoadStyle) -> Course:
    """What lies across a road at the places of a way, one for each segment of its centreline."""
    sections: dict[int, CrossSection] = {}
    edges = np.empty((len(way.s), EDGE_FIELDS))
    for index, piece in enumerate(route.pieces):
        here = np.flatnonzero(way.piece == index)
        edges[here] = edges_of(road_map, piece, way.s[here])
        sections.update(zip(here.tolist(), cross_sections(road_map, piece, way.s[here], style), strict=True))
    return course_of([sections[place] for place in range(len(way.s))], edges)
