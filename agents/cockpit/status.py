"""The line at the bottom: time line, speed and messages; and the words over the view."""

from dataclasses import dataclass

import pygame

from agents.cockpit import theme
from agents.cockpit.layout import Layout

HINT = "H: keys"
LINE = 18  # px from one line of words to the next
MESSAGE_S = 6.0  # how long a message is shown


class Messages:
    """Shows the newest message for some seconds."""

    def __init__(self) -> None:
        self.text = ""
        self._left_s = 0.0

    def show(self, text: str) -> None:
        """Replaces the message."""
        self.text, self._left_s = text, MESSAGE_S

    def pass_time(self, seconds: float) -> None:
        """Lets real time pass [s]."""
        self._left_s -= seconds
        if self._left_s <= 0.0:
            self.text = ""


@dataclass(frozen=True)
class Status:
    """What the line says besides what panels show."""

    caption: str = ""  # of the clip
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
    right = line.right
    if line.right - left > theme.width_of(status.hint, theme.SMALL) + 16:
        right = theme.text(surface, status.hint, (right, line.centery), theme.SMALL, theme.MUTED, "midright").left
    if status.span_s > 0.0:
        _draw_time_line(surface, time_line(layout), status)
    view = layout.places[0].rect
    if status.caption:
        theme.pill(surface, status.caption, (view.centerx, view.bottom - 44), theme.TEXT, "midbottom")
    _draw_words(surface, pygame.Rect(left + 16, line.y, right - left - 32, line.height), view, status, layout)


def _draw_words(surface: pygame.Surface, room: pygame.Rect, view: pygame.Rect, status: Status, layout: Layout) -> None:
    """What was last said, or what is left out; what is too long for the line goes over the view, or is shortened."""
    words = status.message or _left_out(layout, room.width)
    if theme.width_of(words, theme.SMALL) <= room.width:
        theme.text(surface, words, (room.x, room.centery), theme.SMALL, theme.TEXT, "midleft")
    elif status.message:
        _draw_over(surface, view, words)


def _draw_over(surface: pygame.Surface, view: pygame.Rect, words: str) -> None:
    """Words that are too long for the line, over the lower part of the view."""
    lines = theme.wrapped(words, theme.SMALL, view.width - 48)
    box = pygame.Rect(0, 0, view.width - 24, LINE * len(lines) + 12)
    box.midbottom = (view.centerx, view.bottom - 12)
    box = box.clip(view)
    pygame.draw.rect(surface, theme.CARD, box, border_radius=theme.RADIUS)
    before = surface.get_clip()
    surface.set_clip(box)
    for number, line in enumerate(lines):
        theme.text(surface, line, (box.x + 12, box.y + 6 + LINE * number), theme.SMALL)
    surface.set_clip(before)


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


def _left_out(layout: Layout, width: int) -> str:
    """What finds no room in the window, in as many words as there is room for [px]."""
    if not layout.left_out:
        return ""
    names = ", ".join(layout.left_out)
    text = f"no room here for: {names}; make the window larger"
    return text if theme.width_of(text, theme.SMALL) <= width else f"no room for {len(layout.left_out)} panels"
