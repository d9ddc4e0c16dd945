"""Strip charts of the last 20 s: offset, heading, the terms of the reward, and the greatest Q-value."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pygame

from agents.cockpit import theme
from agents.cockpit.moment import (
    ESTIMATED_HEADING,
    ESTIMATED_OFFSET,
    FIRST_TERM,
    GREATEST_Q,
    HEADING,
    OFFSET,
    Beat,
    Moment,
)
from agents.cockpit.panels.panel import Panel
from sim.config import CONTROL_PERIOD
from sim.task import REWARD_TERMS
from sim.types import Float32Array

SHOWN_S = 20.0
SHOWN_STEPS = round(SHOWN_S / CONTROL_PERIOD)
TERM_COLORS = (theme.GOOD, theme.ACCENT, theme.VIOLET, theme.SECOND, theme.BAD)
GAP = 14  # px between two strips
LEGEND_ROW, LEGEND_ROWS = 13, 2  # px, and how many rows there are below a strip


@dataclass(frozen=True)
class Curve:
    """A line of a strip."""

    name: str
    values: Float32Array  # (T,), the newest last; what is not known is NaN
    color: theme.Color


class ChartsPanel(Panel):
    """Four strips side by side; each scales itself."""

    title = f"last {SHOWN_S:.0f} s"

    def draw(self, surface: pygame.Surface, beat: Beat) -> None:
        """Curves of all cars."""
        room = theme.inner(surface.get_size())
        width = (room.width - GAP * (len(STRIPS) - 1)) / sum(share for *_, share in STRIPS)
        x = float(room.x)
        for title, curves, least, share in STRIPS:
            strip = pygame.Rect(round(x), room.y, round(share * width), room.height)
            _draw_strip(surface, strip, title, curves(beat), least)
            x += share * width + GAP


def _offset(beat: Beat) -> list[Curve]:
    return _true_and_predicted(beat, OFFSET, ESTIMATED_OFFSET, 1.0)


def _heading(beat: Beat) -> list[Curve]:
    return _true_and_predicted(beat, HEADING, ESTIMATED_HEADING, 180.0 / math.pi)


def _true_and_predicted(beat: Beat, true: int, estimated: int, factor: float) -> list[Curve]:
    if len(beat) > 1:
        return _each(beat, lambda rows: factor * rows[:, true])
    rows = _rows(beat[0])
    return [
        Curve("true", factor * rows[:, true], theme.TEXT),
        Curve("predicted", factor * rows[:, estimated], theme.ACCENT),
    ]


def _rewards(beat: Beat) -> list[Curve]:
    terms = slice(FIRST_TERM, FIRST_TERM + len(REWARD_TERMS))
    if len(beat) > 1:
        return _each(beat, lambda rows: rows[:, terms].sum(axis=1))
    rows = _rows(beat[0])[:, terms]
    return [Curve(name, rows[:, k], TERM_COLORS[k]) for k, name in enumerate(REWARD_TERMS)]


def _greatest_q(beat: Beat) -> list[Curve]:
    return _each(beat, lambda rows: rows[:, GREATEST_Q])


def _each(beat: Beat, of: Callable[[Float32Array], Float32Array]) -> list[Curve]:
    """One curve for each car."""
    colors = theme.DRIVERS if len(beat) > 1 else (theme.TEXT,)
    return [Curve("", of(_rows(moment)), color) for moment, color in zip(beat, colors, strict=False)]


def _rows(moment: Moment) -> Float32Array:
    return moment.trail[-SHOWN_STEPS:]


# Title, curves, the smallest span of values that fills a strip, and its share of the width.
STRIPS: tuple[tuple[str, Callable[[Beat], list[Curve]], float, float], ...] = (
    ("offset [m]", _offset, 1.0, 1.0),
    ("heading [deg]", _heading, 6.0, 1.0),
    ("reward", _rewards, 1.0, 1.4),
    ("greatest Q", _greatest_q, 2.0, 0.9),
)


def _draw_strip(surface: pygame.Surface, room: pygame.Rect, title: str, curves: list[Curve], least: float) -> None:
    theme.text(surface, title, room.topleft, theme.SMALL, theme.TEXT)
    plot = pygame.Rect(room.x, room.y + 20, room.width, room.height - 20 - LEGEND_ROW * LEGEND_ROWS)
    low, high = _bounds(curves, least)
    pygame.draw.rect(surface, theme.BACKGROUND, plot, border_radius=4)
    if low < 0.0 < high:
        y = round(plot.bottom - plot.height * (0.0 - low) / (high - low))
        pygame.draw.line(surface, theme.GRID, (plot.left, y), (plot.right - 1, y))
    for curve in reversed(curves):
        _draw_curve(surface, plot, curve, (low, high))
    theme.text(surface, f"{high:.3g}", (plot.left + 4, plot.top + 1), theme.TINY, theme.MUTED)
    theme.text(surface, f"{low:.3g}", (plot.left + 4, plot.bottom - 1), theme.TINY, theme.MUTED, "bottomleft")
    _draw_legend(surface, pygame.Rect(plot.left, plot.bottom + 2, plot.width, LEGEND_ROW * LEGEND_ROWS), curves)


def _draw_curve(surface: pygame.Surface, plot: pygame.Rect, curve: Curve, bounds: tuple[float, float]) -> None:
    known = np.flatnonzero(np.isfinite(curve.values))
    age = len(curve.values) - 1 - known
    x = plot.right - 1 - age * (plot.width - 1) / (SHOWN_STEPS - 1)
    y = plot.bottom - 1 - (plot.height - 1) * (curve.values[known] - bounds[0]) / (bounds[1] - bounds[0])
    theme.line(surface, curve.color, np.stack([x, y], axis=1))


def _draw_legend(surface: pygame.Surface, room: pygame.Rect, curves: list[Curve]) -> None:
    """Names of the curves; a name that does not fit into a row goes to the next."""
    x, y = room.topleft
    for curve in curves:
        if curve.name and np.isfinite(curve.values).any():
            width = theme.width_of(curve.name, theme.TINY)
            if x + width > room.right:
                x, y = room.x, y + LEGEND_ROW
            x = theme.text(surface, curve.name, (x, y), theme.TINY, curve.color).right + 6


def _bounds(curves: list[Curve], least: float) -> tuple[float, float]:
    """The lowest and highest value, at least ``least`` apart; 0 and 1 where there is none."""
    values = np.concatenate([curve.values for curve in curves])
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    missing = max(least - (high - low), 0.0)
    return low - 0.5 * missing - 0.02 * least, high + 0.5 * missing + 0.02 * least
