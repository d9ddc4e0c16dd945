"""A town from above, around the car: lanes, stop lines in the colours of their signals, the route, and the cars."""

import math

import numpy as np
import pygame

from agents.cockpit import theme
from agents.cockpit.moment import Moment, Tick
from sim.network.network import STOP_ALWAYS, STOP_AT_SIGNAL, Network
from sim.network.signals import STATES, program_state, programs
from sim.types import FloatArray

SHOWN = 130.0  # m, at least, across and down
MARGIN = 80  # px around what is shown that are drawn ahead
FAR = 1e6  # px; nothing farther away is drawn
LANE_SHARE = 0.86  # of a lane's width, so that a gap shows between lanes
JUNCTION: theme.Color = (58, 66, 81)
SIGNALS = dict(zip(STATES, (theme.BAD, theme.SECOND, theme.GOOD), strict=True))
CAR = np.array([[8.0, 0.0], [-5.0, 4.5], [-3.0, 0.0], [-5.0, -4.5]])  # px, forward and left
EVERY = 2  # m, and more, between two points of a line


def draw_marker(surface: pygame.Surface, center: FloatArray, heading: float, color: theme.Color) -> None:
    """A car on a map, with north up."""
    cos, sin = math.cos(heading), math.sin(heading)
    theme.shape(surface, color, center + CAR @ np.array([[cos, -sin], [-sin, -cos]]))


class TownMap:
    """The part of a town around the first car, with north up; streets are drawn anew only after it has moved on."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._low, self._high = _boxes(network)
        self._stops, self._programs = _stop_lines(network), programs(network)
        self._streets: pygame.Surface | None = None
        self._middle = np.zeros(2)  # m, of these streets
        self._scale = 1.0  # px per m

    def draw(self, surface: pygame.Surface, tick: Tick) -> None:
        """Draws the map on all of a surface."""
        size, here = np.array(surface.get_size()), np.array([tick[0].x, tick[0].y])
        self._scale = float(size.min()) / SHOWN
        away = (here - self._middle) * self._scale
        wanted = tuple(size + 2 * MARGIN)
        if self._streets is None or self._streets.get_size() != wanted or np.abs(away).max() > MARGIN:
            self._streets, self._middle, away = self._drawn((int(wanted[0]), int(wanted[1])), here), here, np.zeros(2)
        surface.blit(self._streets, (-MARGIN - away[0], -MARGIN + away[1]))
        self._draw_stops(surface, tick[0], here)
        for moment, color in zip(tick, theme.DRIVERS, strict=False):
            self._draw_trip(surface, moment, here, color)
        for moment, color in zip(tick, theme.DRIVERS, strict=False):
            at = self._place(np.array([[moment.x, moment.y]]), here, surface)[0]
            if np.abs(at).max() < FAR:
                draw_marker(surface, at, moment.heading, color if len(tick) > 1 else theme.TEXT)

    def _drawn(self, size: tuple[int, int], middle: FloatArray) -> pygame.Surface:
        """Lanes around a place, those of junctions below the others."""
        surface, network = pygame.Surface(size), self._network
        surface.fill(theme.CARD)
        reach = 0.5 * np.array(size) / self._scale
        near = ((self._low < middle + reach) & (self._high > middle - reach)).all(axis=1)
        lanes = np.flatnonzero(near)
        inside = network.lane_junction[lanes] >= 0
        for lane in np.concatenate([lanes[inside], lanes[~inside]]).tolist():
            outline = _outline(network, lane)
            color = JUNCTION if network.lane_junction[lane] >= 0 else theme.ROAD
            theme.shape(surface, color, self._place(outline, middle, surface))
        return surface

    def _draw_stops(self, surface: pygame.Surface, moment: Moment, here: FloatArray) -> None:
        """Stop lines: in the colours of their signals, white at stop signs, and gray where one gives way."""
        assert moment.guide is not None
        network, reach = self._network, SHOWN * max(surface.get_size()) / min(surface.get_size())
        near = (np.abs(self._stops[:, 0] - here) < reach).all(axis=1)
        for stop in np.flatnonzero(near).tolist():
            kind, group = network.stop_kind[stop], network.stop_group[stop]
            color = theme.TEXT if kind == STOP_ALWAYS else theme.MUTED
            if kind == STOP_AT_SIGNAL and group >= 0:
                color = SIGNALS[STATES[program_state(self._programs[group], moment.guide.clock)]]
            start, end = self._place(self._stops[stop], here, surface)
            theme.stroke(surface, color, (start[0], start[1]), (end[0], end[1]), 3.5)

    def _draw_trip(self, surface: pygame.Surface, moment: Moment, here: FloatArray, color: theme.Color) -> None:
        """The route behind the car and ahead of it, the path that was driven, and the goal."""
        assert moment.guide is not None
        route, passed = self._place(moment.guide.route, here, surface), moment.guide.passed
        theme.line(surface, theme.MUTED, route[:passed:EVERY], width=2)
        theme.line(surface, theme.TEXT, route[passed::EVERY], width=2)
        theme.line(surface, color, self._place(moment.path[::EVERY], here, surface), width=2)
        goal = route[-1]
        rim = np.clip(goal, 5.0, np.array(surface.get_size()) - 6.0)
        shown = bool((goal == rim).all())
        pygame.draw.circle(surface, theme.GOOD, rim.tolist(), 5 if shown else 4, 0 if shown else 2)

    def _place(self, points: FloatArray, middle: FloatArray, surface: pygame.Surface) -> FloatArray:
        """Where points (K, 2) [m] lie on a surface around ``middle`` [m], (K, 2) [px]."""
        size = np.array(surface.get_size())
        return np.asarray(0.5 * size + self._scale * (points - middle) * np.array([1.0, -1.0]))


def _boxes(network: Network) -> tuple[FloatArray, FloatArray]:
    """The least and the greatest x and y of each lane, (L, 2) each [m]."""
    points, starts = np.stack([network.x, network.y], axis=1).astype(np.float64), network.lane_points[:-1]
    return np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)


def _outline(network: Network, lane: int) -> FloatArray:
    """A lane's outline, a little narrower than it is, (K, 2) [m]."""
    rows = np.arange(network.lane_points[lane], network.lane_points[lane + 1])
    rows = np.unique(np.append(rows[:: EVERY * 2], rows[-1]))
    middle = np.stack([network.x[rows], network.y[rows]], axis=1).astype(np.float64)
    aside = 0.5 * LANE_SHARE * network.lane_width[lane] * np.stack([-network.sin[rows], network.cos[rows]], axis=1)
    return np.concatenate([middle + aside, (middle - aside)[::-1]])


def _stop_lines(network: Network) -> FloatArray:
    """Both ends of each stop line, (T, 2, 2) [m]."""
    lines = np.empty((len(network.stop_lane), 2, 2))
    for stop, (lane, station) in enumerate(zip(network.stop_lane, network.stop_station, strict=True)):
        rows = slice(network.lane_points[lane], network.lane_points[lane + 1])
        columns = (network.x, network.y, network.cos, network.sin)
        x, y, cos, sin = (np.interp(station, network.station[rows], column[rows]) for column in columns)
        aside = 0.5 * network.lane_width[lane] * np.array([-sin, cos])
        lines[stop] = np.array([[x, y]]) + np.stack([aside, -aside])
    return lines
