"""The road or the town from above: the path that was driven, the lane or the route ahead, and the car."""

import numpy as np
import pygame

from agents.cockpit import theme
from agents.cockpit.moment import Moment, Tick
from agents.cockpit.panels.panel import Panel
from agents.cockpit.panels.town_map import TownMap, draw_marker
from sim.roads.road import Road
from sim.town.any_town import AnyTown
from sim.types import CURVATURE_LOOKAHEAD, FloatArray

LOOKAHEAD = CURVATURE_LOOKAHEAD[-1]  # m; how far ahead the curvature is known to perception
MOST_POINTS = 400  # of the path; more are not seen at this size


class MapPanel(Panel):
    """A map with north up."""

    title = "map"
    smooth = True

    def __init__(self) -> None:
        super().__init__()
        self._place: Road | AnyTown | None = None
        self._town: TownMap | None = None

    def picture(self, size: tuple[int, int], tick: Tick) -> pygame.Surface:
        """See ``Panel``; another road or town needs another card."""
        place = tick[0].place
        if place is not self._place:
            self._place, self._card = place, None
            self._town = None if isinstance(place, Road) else TownMap(place.network)
        return super().picture(size, tick)

    def card(self, size: tuple[int, int], tick: Tick) -> pygame.Surface:
        """The road; the part of a town that is shown moves with the car."""
        surface, road = super().card(size, tick), tick[0].place
        if not isinstance(road, Road):
            return surface
        points = _place(road.points, road, size)
        theme.line(surface, theme.ROAD, points, closed=road.closed, width=5)
        return surface

    def draw(self, surface: pygame.Surface, tick: Tick) -> None:
        """Path, look-ahead and place of every car."""
        size = surface.get_size()
        if self._town is not None:
            self._town.draw(surface.subsurface(theme.inner(size)), tick)
            return
        for moment, color in zip(tick, theme.DRIVERS, strict=False):
            road = moment.place
            assert isinstance(road, Road)
            every = max(len(moment.trail) // MOST_POINTS, 1)
            theme.line(surface, color, _place(moment.path[::every], road, size), width=2)
            theme.line(surface, theme.TEXT, _place(lane_ahead(moment, road), road, size), width=2)
            center = _place(np.array([[moment.x, moment.y]]), road, size)[0]
            draw_marker(surface, center, moment.heading, color if len(tick) > 1 else theme.TEXT)


def lane_ahead(moment: Moment, road: Road) -> FloatArray:
    """The driving lane's centre from beside the car to the end of the look-ahead, (K, 2) [m]."""
    lane, step = road.lane_points(), road.line.step
    indices = np.arange(round(moment.station / step), round((moment.station + LOOKAHEAD) / step))
    return lane[indices % len(lane) if road.closed else np.clip(indices, 0, len(lane) - 1)]


def _place(points: FloatArray, road: Road, size: tuple[int, int]) -> FloatArray:
    """Where points (K, 2) [m] lie on the panel, (K, 2) [px]: the whole road fits."""
    room = theme.inner(size).inflate(-12, -8)
    low, high = road.points.min(axis=0), road.points.max(axis=0)
    scale = min(room.width / max(high[0] - low[0], 1.0), room.height / max(high[1] - low[1], 1.0))
    return np.asarray(np.array(room.center) + scale * (points - 0.5 * (low + high)) * np.array([1.0, -1.0]))
