"""Strip charts of the last 20 s: offset, heading, the terms of the reward, and the greatest Q-value."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pygame

from agents.cockpit import theme
from agents.cockpit.moment import Moment, Tick
from agents.cockpit.panels.panel import Panel
from agents.cockpit.trail import ESTIMATED_HEADING, ESTIMATED_OFFSET, FIRST_TERM, GREATEST_Q, HEADING, OFFSET
from sim.config import CONTROL_PERIOD
from sim.task import TOWN_REWARD_TERMS, reward_terms
from sim.types import Float32Array

SHOWN_S = 20.0
SHOWN_STEPS = round(SHOWN_S / CONTROL_PERIOD)
TERM_COLORS = (theme.GOOD, theme.ACCENT, theme.VIOLET, theme.SECOND, theme.BAD, theme.TEXT, theme.MUTED)
GAP = 14  # px between two strips
WIDE = 440  # px; narrower panels have the strips in two rows, and no room for legends
TITLE = 18  # px, above a strip
LEGEND_ROW, LEGEND_ROWS = 14, 2  # px, and how many rows there are below a strip
DEGREES = 180.0 / math.pi
STEPS = (0.1, 0.2, 0.5, 1.0)  # of a power of ten, to which the scales are rounded
MARKS = 4  # such steps that a scale has at most


@dataclass(frozen=True)
class Trace:
    """A line of a strip."""

    name: str
    values: Float32Array  # (T,), the newest last; what is not known is NaN
    color: theme.Color


class ChartsPanel(Panel):
    """Four strips; each scales itself."""

    title = f"last {SHOWN_S:.0f} s"

    def draw(self, surface: pygame.Surface, tick: Tick) -> None:
        """Traces of all cars."""
        room = theme.inner(surface.get_size())
        wide, rows = room.width >= WIDE, LEGEND_ROWS + (tick[0].guide is not None)  # towns have more terms
        for strip, place in zip(STRIPS, _in_a_row(room) if wide else _in_two_rows(room), strict=True):
            traces = strip.traces(tick)
            plot = pygame.Rect(place.x, place.y + TITLE, place.width, place.height - TITLE)
            plot.height -= LEGEND_ROW * rows if wide else 0
            theme.text(surface, strip.title, place.topleft, theme.SMALL, theme.TEXT)
            _draw_plot(surface, plot, traces, bounds(traces, strip.least))
            if wide:
                _draw_legend(surface, pygame.Rect(plot.x, plot.bottom + 3, plot.width, 0), traces)


def _in_a_row(room: pygame.Rect) -> list[pygame.Rect]:
    width = (room.width - GAP * (len(STRIPS) - 1)) / sum(strip.share for strip in STRIPS)
    places, x = [], float(room.x)
    for strip in STRIPS:
        places.append(pygame.Rect(round(x), room.y, round(strip.share * width), room.height))
        x += strip.share * width + GAP
    return places


def _in_two_rows(room: pygame.Rect) -> list[pygame.Rect]:
    width, height = (room.width - GAP) // 2, (room.height - GAP // 2) // 2
    return [
        pygame.Rect(room.x + column * (width + GAP), room.y + row * (height + GAP // 2), width, height)
        for row in range(2)
        for column in range(2)
    ]


def _true_and_predicted(tick: Tick, true: int, estimated: int, factor: float) -> list[Trace]:
    if len(tick) > 1:
        return _each(tick, lambda rows: factor * rows[:, true])
    rows = _rows(tick[0])
    return [
        Trace("true", factor * rows[:, true], theme.TEXT),
        Trace("predicted", factor * rows[:, estimated], theme.ACCENT),
    ]


def _rewards(tick: Tick) -> list[Trace]:
    terms = slice(FIRST_TERM, FIRST_TERM + len(TOWN_REWARD_TERMS))
    if len(tick) > 1:
        return _each(tick, lambda rows: rows[:, terms].sum(axis=1))
    rows = _rows(tick[0])[:, terms]
    return [Trace(name, rows[:, k], TERM_COLORS[k]) for k, name in enumerate(reward_terms(tick[0].config))]


def _each(tick: Tick, of: Callable[[Float32Array], Float32Array]) -> list[Trace]:
    """One trace for each car, with the name of its driver if there are several."""
    if len(tick) == 1:
        return [Trace("", of(_rows(tick[0])), theme.TEXT)]
    pairs = zip(tick, theme.DRIVERS, strict=True)
    return [Trace(moment.driver, of(_rows(moment)), color) for moment, color in pairs]


def _rows(moment: Moment) -> Float32Array:
    return moment.trail[-SHOWN_STEPS:]


@dataclass(frozen=True)
class Strip:
    """A chart."""

    title: str
    traces: Callable[[Tick], list[Trace]]
    least: float  # the smallest span of values that fills it
    share: float  # of the width


STRIPS = (
    Strip("offset [m]", lambda tick: _true_and_predicted(tick, OFFSET, ESTIMATED_OFFSET, 1.0), 1.0, 1.0),
    Strip("heading [deg]", lambda tick: _true_and_predicted(tick, HEADING, ESTIMATED_HEADING, DEGREES), 6.0, 1.0),
    Strip("reward", _rewards, 1.0, 1.4),
    Strip("greatest Q", lambda tick: _each(tick, lambda rows: rows[:, GREATEST_Q]), 2.0, 0.9),
)


def _draw_plot(surface: pygame.Surface, plot: pygame.Rect, traces: list[Trace], bounds: tuple[float, float]) -> None:
    low, high = bounds
    pygame.draw.rect(surface, theme.BACKGROUND, plot, border_radius=4)
    if low < 0.0 < high:
        y = round(plot.bottom - plot.height * (0.0 - low) / (high - low))
        pygame.draw.line(surface, theme.GRID, (plot.left, y), (plot.right - 1, y))
    for trace in reversed(traces):
        _draw_trace(surface, plot, trace, bounds)
    theme.text(surface, f"{high:g}", (plot.left + 4, plot.top + 1), theme.TINY, theme.MUTED)
    theme.text(surface, f"{low:g}", (plot.left + 4, plot.bottom - 1), theme.TINY, theme.MUTED, "bottomleft")


def _draw_trace(surface: pygame.Surface, plot: pygame.Rect, trace: Trace, bounds: tuple[float, float]) -> None:
    known = np.flatnonzero(np.isfinite(trace.values))
    age = len(trace.values) - 1 - known
    x = plot.right - 1 - age * (plot.width - 1) / (SHOWN_STEPS - 1)
    y = plot.bottom - 1 - (plot.height - 1) * (trace.values[known] - bounds[0]) / (bounds[1] - bounds[0])
    theme.line(surface, trace.color, np.stack([x, y], axis=1))


def _draw_legend(surface: pygame.Surface, room: pygame.Rect, traces: list[Trace]) -> None:
    """Names of the traces; a name that does not fit into a row goes to the next."""
    x, y = room.topleft
    for trace in traces:
        if trace.name and np.isfinite(trace.values).any():
            width = theme.width_of(trace.name, theme.TINY)
            if x + width > room.right:
                x, y = room.x, y + LEGEND_ROW
            x = theme.text(surface, trace.name, (x, y), theme.TINY, trace.color).right + 6


def bounds(traces: list[Trace], least: float) -> tuple[float, float]:
    """Round numbers around all values, at least ``least`` apart; 0 and 1 where there is none."""
    values = np.concatenate([trace.values for trace in traces])
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()) - 0.02 * least, float(values.max()) + 0.02 * least
    missing = max(least - (high - low), 0.0)
    return _rounded(low - 0.5 * missing, high + 0.5 * missing)


def _rounded(low: float, high: float) -> tuple[float, float]:
    """The same or a little more, from one round number to another, so that a scale rests while values move."""
    power = 10.0 ** math.ceil(math.log10((high - low) / MARKS))
    step = next(power * part for part in STEPS if MARKS * power * part >= high - low)
    return round(step * math.floor(low / step), 6), round(step * math.ceil(high / step), 6)
