"""The action table as a heat map of Q-values: steering across, target speed upwards, the chosen cell framed."""

import math

import numpy as np
import pygame

from agents.cockpit import theme
from agents.cockpit.moment import Moment, Tick
from agents.cockpit.panels.panel import Panel

LEFT, FOOT = 34, 18  # px, room for the labels of rows and columns
GAP = 3  # px between cells
ROOMY, NARROW = 46, 38  # px; narrower cells have smaller numbers, or none
BRIGHT = 0.78  # of the way from the least to the greatest value; from here on, dark figures are read more easily


class ValuesPanel(Panel):
    """What the network thinks of each action."""

    title = "Q: steering [deg] x speed [m/s]"

    def draw(self, surface: pygame.Surface, tick: Tick) -> None:
        """The first car's table."""
        room, moment = theme.inner(surface.get_size()), tick[0]
        if moment.q_values is None:
            words = "this driver has no network"
            theme.text(surface, words, room.center, theme.NORMAL, theme.MUTED, "center")
            return
        grid = pygame.Rect(room.x + LEFT, room.y, room.width - LEFT, room.height - FOOT)
        _draw_cells(surface, grid, moment)
        _draw_labels(surface, grid, moment)


def _draw_cells(surface: pygame.Surface, grid: pygame.Rect, moment: Moment) -> None:
    assert moment.q_values is not None
    values = _on_screen(moment.q_values)
    chosen = _on_screen(_chosen(moment))
    low, span = float(values.min()), max(float(values.max() - values.min()), 1e-6)
    for (row, column), value in np.ndenumerate(values):
        box, share = _cell(grid, values.shape, row, column), (float(value) - low) / span
        pygame.draw.rect(surface, theme.heat(share), box, border_radius=5)
        if box.width >= NARROW - GAP:
            ink = theme.BACKGROUND if share > BRIGHT else theme.TEXT
            size = theme.SMALL if box.width >= ROOMY - GAP else theme.TINY
            theme.text(surface, f"{value:.2f}", box.center, size, ink, "center", bold=bool(share == 1.0))
        if chosen[row, column]:
            pygame.draw.rect(surface, theme.TEXT, box.inflate(4, 4), 2, border_radius=7)


def _draw_labels(surface: pygame.Surface, grid: pygame.Rect, moment: Moment) -> None:
    actions = moment.config.actions
    speeds, commands = actions.target_speeds[::-1], actions.steering_commands[::-1]
    shape = (len(speeds), len(commands))
    for row, speed in enumerate(speeds):
        at = (grid.x - 8, _cell(grid, shape, row, 0).centery)
        theme.text(surface, f"{speed:g}", at, theme.SMALL, theme.MUTED, "midright")
    for column, command in enumerate(commands):
        at = (_cell(grid, shape, 0, column).centerx, grid.bottom + 5)
        words = theme.signed(math.degrees(command), 1) if command else "0"
        theme.text(surface, words, at, theme.SMALL, theme.MUTED, "midtop")


def _cell(grid: pygame.Rect, shape: tuple[int, ...], row: int, column: int) -> pygame.Rect:
    width, height = grid.width / shape[1], grid.height / shape[0]
    left, top = round(grid.x + column * width), round(grid.y + row * height)
    right, bottom = round(grid.x + (column + 1) * width), round(grid.y + (row + 1) * height)
    return pygame.Rect(left, top, right - left - GAP, bottom - top - GAP)


def _chosen(moment: Moment) -> np.ndarray:
    """Which cell was chosen, (steering commands, target speeds) bool; none where no policy drove."""
    assert moment.q_values is not None
    cells = np.zeros(moment.q_values.size, dtype=bool)
    if moment.action is not None:
        cells[moment.action] = True
    return cells.reshape(moment.q_values.shape)


def _on_screen(table: np.ndarray) -> np.ndarray:
    """A table (steering, speeds) with the fastest row first and the leftmost steering first."""
    return table[::-1].T[::-1]
