"""The line at the bottom: time line, pace, and what was last said; and the words over the view."""

from dataclasses import dataclass

import pygame

from agents.cockpit import theme
from agents.cockpit.layout import Layout

HINT = "H: keys"


@dataclass(frozen=True)
class Status:
    """What the line says besides what panels show."""

    caption: str = ""  # of the scene
    message: str = ""  # what was last done, or went wrong
    paused: bool = False
    speed: float = 1.0  # times as fast as real
    behind_s: float = 0.0  # how far back the playhead is
    span_s: float = 0.0  # how much of the past is kept; 0 shows no time line
    recording: bool = False
    hint: str = ""


def draw_status(surface: pygame.Surface, layout: Layout, status: Status) -> None:
    """Draws the line, and words over the view."""
    line = layout.status
    surface.fill(theme.BACKGROUND, line)
    left = _draw_state(surface, line, status)
    right = theme.text(surface, status.hint, (line.right, line.centery), theme.SMALL, theme.MUTED, "midright").left
    if status.span_s > 0.0:
        _draw_time_line(surface, time_line(layout), status)
    words = status.message or _too_small(layout)
    space = pygame.Rect(left + 16, line.y, max(right - left - 32, 0), line.height)
    before = surface.get_clip()
    surface.set_clip(space)
    theme.text(surface, words, (space.x, line.centery), theme.SMALL, theme.TEXT, "midleft")
    surface.set_clip(before)
    view = layout.places[0].rect
    if status.caption:
        theme.pill(surface, status.caption, (view.centerx, view.bottom - 44), theme.TEXT, "midbottom")


def time_line(layout: Layout) -> pygame.Rect:
    """Where the time line is, which can be dragged."""
    width = min(220, layout.status.width // 3)
    return pygame.Rect(layout.status.x, layout.status.y, width, layout.status.height)


def _draw_state(surface: pygame.Surface, line: pygame.Rect, status: Status) -> int:
    """Pace and state beside the time line; returns where they end."""
    if not (status.span_s > 0.0 or status.paused or status.recording or status.speed != 1.0):
        return line.x - 16
    x = line.x + min(220, line.width // 3) + 14 if status.span_s > 0.0 else line.x
    words = "paused" if status.paused else f"x {status.speed:g}"
    x = theme.text(surface, words, (x, line.centery), theme.SMALL, theme.MUTED, "midleft").right
    if status.behind_s >= 0.05:
        words = f"-{status.behind_s:.1f} s"
        x = theme.text(surface, words, (x + 12, line.centery), theme.SMALL, theme.SECOND, "midleft").right
    if status.recording:
        pygame.draw.circle(surface, theme.BAD, (x + 18, line.centery), 5)
        x = theme.text(surface, "recording", (x + 28, line.centery), theme.SMALL, theme.BAD, "midleft").right
    return x


def _draw_time_line(surface: pygame.Surface, rect: pygame.Rect, status: Status) -> None:
    bar = pygame.Rect(rect.x, rect.centery - 2, rect.width, 4)
    pygame.draw.rect(surface, theme.GRID, bar, border_radius=2)
    x = bar.right - round(bar.width * min(status.behind_s / status.span_s, 1.0))
    pygame.draw.rect(surface, theme.ACCENT, pygame.Rect(bar.x, bar.y, x - bar.x, bar.height), border_radius=2)
    pygame.draw.circle(surface, theme.TEXT, (min(max(x, bar.x + 6), bar.right - 6), bar.centery), 6)


def _too_small(layout: Layout) -> str:
    names = ", ".join(layout.left_out)
    return f"no room here for: {names}; make the window larger" if names else ""
