"""One scheme of colours and type, and the few shapes that panels are made of."""

import importlib.util
import math
from functools import lru_cache
from pathlib import Path

import numpy as np
import pygame
import pygame.gfxdraw

from agents.words import legible
from sim.types import ByteArray, FloatArray

Color = tuple[int, int, int]
Point = tuple[float, float]
BACKGROUND: Color = (13, 16, 22)
CARD: Color = (24, 29, 38)
GRID: Color = (52, 60, 75)
TEXT: Color = (229, 235, 243)
MUTED: Color = (140, 152, 170)
ACCENT: Color = (56, 189, 248)
SECOND: Color = (251, 176, 64)  # of the other car, where two are compared
GOOD: Color = (74, 222, 128)
BAD: Color = (248, 113, 113)
VIOLET: Color = (167, 139, 250)
ROAD: Color = (78, 88, 106)
DRIVERS: tuple[Color, Color] = (ACCENT, SECOND)

RADIUS = 10  # px, of a card's corners
PADDING = 12  # px between a card's rim and what it shows
TINY, SMALL, NORMAL, LARGE, HUGE = 11, 12, 14, 18, 28  # px, sizes of type


def text(
    surface: pygame.Surface,
    words: str,
    at: Point,
    size: int = NORMAL,
    color: Color = TEXT,
    align: str = "topleft",
    *,
    bold: bool = False,
) -> pygame.Rect:
    """Writes words with the corner or middle that ``align`` names at a place; returns where they stand."""
    written = _written(words, size, color, bold)
    place = written.get_rect(**{align: (round(at[0]), round(at[1]))})
    surface.blit(written, place)
    return place


def width_of(words: str, size: int) -> int:
    """How wide words are [px]."""
    return _written(words, size, TEXT, False).get_width()


def wrapped(words: str, size: int, width: int) -> list[str]:
    """Words in lines of at most ``width`` [px]; a longer word has a line of its own."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_of(longer, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


@lru_cache(maxsize=1024)
def _written(words: str, size: int, color: Color, bold: bool) -> pygame.Surface:
    return _font(size, bold).render(legible(words), True, color)


@lru_cache(maxsize=32)
def _font(size: int, bold: bool) -> pygame.font.Font:
    """DejaVu Sans, which comes with Matplotlib."""
    pygame.font.init()
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return pygame.font.Font(Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / name, size)


def card(size: tuple[int, int], title: str) -> pygame.Surface:
    """An empty panel of ``size`` (width, height) [px] with its title."""
    surface = pygame.Surface(size)
    surface.fill(BACKGROUND)
    pygame.draw.rect(surface, CARD, surface.get_rect(), border_radius=RADIUS)
    if title:
        text(surface, title, (PADDING, 8), SMALL, MUTED)
    return surface


def inner(size: tuple[int, int]) -> pygame.Rect:
    """The room of a card below its title."""
    return pygame.Rect(PADDING, 28, max(size[0] - 2 * PADDING, 1), max(size[1] - 28 - PADDING, 1))


def pill(surface: pygame.Surface, words: str, at: Point, color: Color, align: str = "topleft") -> None:
    """Words on a dark rounded bar over a picture."""
    written = _written(words, NORMAL, color, False)
    bar = pygame.Rect(0, 0, written.get_width() + 20, written.get_height() + 10)
    setattr(bar, align, (round(at[0]), round(at[1])))
    pygame.draw.rect(surface, CARD, bar, border_radius=bar.height // 2)
    surface.blit(written, written.get_rect(center=bar.center))


def image(frame: ByteArray) -> pygame.Surface:
    """A frame (H, W, 3 or 1) uint8 as a surface that shares no memory with it."""
    colors = np.repeat(frame, 3, axis=2) if frame.shape[2] == 1 else frame
    return pygame.image.frombuffer(np.ascontiguousarray(colors).data, (colors.shape[1], colors.shape[0]), "RGB").copy()


def enlarged(frame: ByteArray, size: tuple[int, int]) -> pygame.Surface:
    """A frame (H, W, 3 or 1) uint8 at a larger size (width, height) [px], all of its pixels equally large."""
    small = image(frame)
    multiple = tuple(length * math.ceil(wanted / length) for length, wanted in zip(small.get_size(), size, strict=True))
    return pygame.transform.smoothscale(pygame.transform.scale(small, multiple), size)


def pixels(surface: pygame.Surface) -> ByteArray:
    """A surface as an array (height, width, 3), uint8."""
    width, height = surface.get_size()
    return np.frombuffer(pygame.image.tobytes(surface, "RGB"), dtype=np.uint8).reshape(height, width, 3)


def signed(value: float, digits: int) -> str:
    """A number with its sign; what rounds to 0 is +0."""
    return f"{round(value, digits) + 0.0:+.{digits}f}"


def shape(surface: pygame.Surface, color: Color, points: FloatArray | list[Point]) -> None:
    """A filled polygon with smooth edges."""
    corners = np.rint(points).astype(int).tolist()
    if len(corners) >= 3:
        pygame.gfxdraw.filled_polygon(surface, corners, color)
        pygame.gfxdraw.aapolygon(surface, corners, color)


def stroke(surface: pygame.Surface, color: Color, start: Point, end: Point, width: float) -> None:
    """A straight line of any width with smooth edges."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    if length > 0.0:
        aside = 0.5 * width * np.array([-dy, dx]) / length
        shape(surface, color, np.array([start + aside, end + aside, end - aside, start - aside]))


def line(surface: pygame.Surface, color: Color, points: FloatArray, *, closed: bool = False, width: int = 1) -> None:
    """A line through points (K, 2) [px]."""
    if len(points) < 2:
        return
    if width == 1:
        pygame.draw.aalines(surface, color, closed, points.tolist())
    else:
        pygame.draw.lines(surface, color, closed, points.tolist(), width)


def polar(center: Point, radius: float, angle: float) -> Point:
    """A place at an angle [rad, counter-clockwise from the right] around ``center``."""
    return center[0] + radius * math.cos(angle), center[1] - radius * math.sin(angle)


def ring(surface: pygame.Surface, color: Color, center: Point, radii: Point, angles: Point) -> None:
    """A piece of a ring between two radii [px] and two angles [rad]."""
    if angles[0] != angles[1]:
        sweep = np.linspace(angles[0], angles[1], 40)
        ways = np.stack([np.cos(sweep), -np.sin(sweep)], axis=1)
        shape(surface, color, np.array(center) + np.concatenate([radii[1] * ways, radii[0] * ways[::-1]]))


def heat(share: float) -> Color:
    """Colour of a share from 0 (dark) to 1 (bright)."""
    dark, bright = np.array([34, 42, 56]), np.array(ACCENT)
    red, green, blue = (dark + min(max(share, 0.0), 1.0) ** 2 * (bright - dark)).astype(int)
    return int(red), int(green), int(blue)
