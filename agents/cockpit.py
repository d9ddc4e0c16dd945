"""Draws a moment as a picture of 1280 x 720: the view, what the network sees, the map, the dials, the Q-values."""

import math

import numpy as np
import pygame

from agents import overlay
from agents.session import Moment
from perception.labels import HEADING_ERROR, LANE_WIDTH, LATERAL_OFFSET
from sim.types import ByteArray, FloatArray

SIZE = (1280, 720)

Color = tuple[int, int, int]
BACKGROUND: Color = (17, 20, 26)
PANEL: Color = (28, 33, 42)
GRID: Color = (56, 64, 78)
TEXT: Color = (226, 232, 240)
MUTED: Color = (138, 150, 168)
ACCENT: Color = (56, 189, 248)
GOOD: Color = (74, 222, 128)
BAD: Color = (248, 113, 113)
ROAD: Color = (84, 94, 112)

VIEW = pygame.Rect(20, 20, 860, 500)
EYE = pygame.Rect(900, 20, 170, 196)
MAP = pygame.Rect(1090, 20, 170, 196)
VALUES = pygame.Rect(900, 236, 360, 284)
SPEED = pygame.Rect(20, 540, 200, 160)
STEERING = pygame.Rect(240, 540, 200, 160)
NUMBERS = pygame.Rect(460, 540, 800, 160)
ENDING_NAMES = {"off_road": "left the road", "completed": "road completed", "time_limit": "out of time"}


def draw(moment: Moment) -> pygame.Surface:
    """The whole picture of a moment; needs no display."""
    pygame.font.init()
    surface = pygame.Surface(SIZE)
    surface.fill(BACKGROUND)
    _draw_view(surface, moment)
    _draw_eye(surface, moment)
    _draw_map(surface, moment)
    _draw_values(surface, moment)
    _draw_speed(surface, moment)
    _draw_steering(surface, moment)
    _draw_numbers(surface, moment)
    return surface


def pixels(surface: pygame.Surface) -> ByteArray:
    """A surface as an array (height, width, 3), uint8."""
    return np.ascontiguousarray(pygame.surfarray.array3d(surface).swapaxes(0, 1))


def _draw_view(surface: pygame.Surface, moment: Moment) -> None:
    surface.blit(view(moment), VIEW)
    if moment.explanation is not None:
        _draw_reading(surface, moment.explanation.lane)
    text(surface, f"{moment.driver}   road {moment.road.seed}", (VIEW.x + 14, VIEW.y + 12), 20, TEXT)
    if moment.ended_by:
        color = GOOD if moment.ended_by == "completed" else BAD
        banner = pygame.Rect(0, 0, 360, 56)
        banner.center = (VIEW.centerx, VIEW.y + 80)
        pygame.draw.rect(surface, PANEL, banner, border_radius=12)
        text(surface, ENDING_NAMES[moment.ended_by], banner.center, 26, color, align="center")


def view(moment: Moment) -> pygame.Surface:
    """The view through the windscreen; with an explanation, what the policy looks at and where it takes the lane."""
    explanation, camera = moment.explanation, moment.windscreen_camera
    if explanation is None:
        return image(moment.windscreen)
    surface = image(overlay.draw_attention(moment.windscreen, explanation, camera))
    surface.blit(overlay.draw_lane(surface.get_size(), explanation, camera), (0, 0))
    return surface


def _draw_reading(surface: pygame.Surface, lane: dict[str, float]) -> None:
    """The lane in figures, below the view."""
    caption = (
        f"read off its features: {lane[LATERAL_OFFSET]:+.2f} m from lane centre, "
        f"heading {math.degrees(lane[HEADING_ERROR]):+.1f} deg, lane {lane[LANE_WIDTH]:.1f} m wide"
    )
    band = pygame.Rect(0, 0, 640, 30)
    band.midbottom = (VIEW.centerx, VIEW.bottom - 12)
    pygame.draw.rect(surface, PANEL, band, border_radius=8)
    text(surface, caption, band.center, 16, TEXT, align="center")


def _draw_eye(surface: pygame.Surface, moment: Moment) -> None:
    """The newest frame that the network gets, every pixel to be seen."""
    _panel(surface, EYE, f"camera {moment.frame.shape[1]} x {moment.frame.shape[0]}")
    room = pygame.Rect(EYE.x + 10, EYE.y + 32, 150, 154)
    height, width = moment.frame.shape[:2]
    scale = min(room.width / width, room.height / height)
    enlarged = pygame.transform.scale(image(moment.frame), (round(width * scale), round(height * scale)))
    surface.blit(enlarged, enlarged.get_rect(center=room.center))


def _draw_map(surface: pygame.Surface, moment: Moment) -> None:
    _panel(surface, MAP, "map")
    room = pygame.Rect(MAP.x + 12, MAP.y + 34, 146, 150)
    road = moment.road.points
    low, high = road.min(axis=0), road.max(axis=0)
    scale = min(room.width / max(high[0] - low[0], 1.0), room.height / max(high[1] - low[1], 1.0))
    middle = 0.5 * (low + high)

    def place(points: FloatArray) -> FloatArray:
        return np.asarray(np.array(room.center) + scale * (points - middle) * np.array([1.0, -1.0]))

    _line(surface, ROAD, moment.road.closed, place(road), 5)
    _line(surface, ACCENT, False, place(moment.path), 2)
    x, y = place(moment.path[-1:])[0]
    pygame.draw.circle(surface, TEXT, (x, y), 5)
    tip = (x + 11 * math.cos(moment.heading), y - 11 * math.sin(moment.heading))
    pygame.draw.line(surface, TEXT, (x, y), tip, 3)


def _draw_values(surface: pygame.Surface, moment: Moment) -> None:
    """Q-values as a heat map: steering from left to right, target speed upwards; the choice is framed."""
    _panel(surface, VALUES, "Q-values: steering x target speed")
    if moment.q_values is None:
        text(surface, "this driver has no network", VALUES.center, 18, MUTED, align="center")
        return
    values = moment.q_values[::-1].T[::-1]  # rows: fastest first; columns: leftmost first
    rows, columns = values.shape
    room = pygame.Rect(VALUES.x + 14, VALUES.y + 38, VALUES.width - 28, VALUES.height - 78)
    cell = (room.width / columns, room.height / rows)
    low, high = float(values.min()), float(values.max())
    for row in range(rows):
        for column in range(columns):
            box = pygame.Rect(0, 0, round(cell[0]) - 4, round(cell[1]) - 4)
            box.topleft = (round(room.x + column * cell[0]), round(room.y + row * cell[1]))
            share = (float(values[row, column]) - low) / max(high - low, 1e-6)
            pygame.draw.rect(surface, heat(share), box, border_radius=6)
            ink = BACKGROUND if share > 0.55 else TEXT
            text(surface, f"{values[row, column]:.1f}", box.center, 14, ink, align="center")
            if values[row, column] == high:
                pygame.draw.rect(surface, TEXT, box.inflate(4, 4), 3, border_radius=8)
    text(surface, "left", (room.x, room.bottom + 10), 15, MUTED)
    text(surface, "right", (room.right, room.bottom + 10), 15, MUTED, align="right")
    text(surface, "fast above, slow below", (room.centerx, room.bottom + 10), 15, MUTED, align="top")


def heat(share: float) -> Color:
    """Colour of a share from 0 (dark) to 1 (bright)."""
    dark, bright = np.array([38, 46, 60]), np.array(ACCENT)
    red, green, blue = (dark + min(max(share, 0.0), 1.0) ** 2 * (bright - dark)).astype(int)
    return int(red), int(green), int(blue)


def _draw_speed(surface: pygame.Surface, moment: Moment) -> None:
    _panel(surface, SPEED, "speed")
    center = (SPEED.centerx, SPEED.y + 112)
    start, end = math.radians(180), math.radians(0)
    _arc(surface, GRID, center, 66, start, end)
    share = min(moment.speed / moment.speed_limit, 1.0)
    _arc(surface, ACCENT, center, 66, start, start + share * (end - start))
    target = start + min(moment.target_speed / moment.speed_limit, 1.0) * (end - start)
    inner, outer = _polar(center, 54, target), _polar(center, 76, target)
    pygame.draw.line(surface, TEXT, inner, outer, 3)
    text(surface, f"{moment.speed:.1f}", (center[0], center[1] - 22), 34, TEXT, align="center")
    text(surface, f"m/s   target {moment.target_speed:.0f}", (center[0], center[1] + 12), 15, MUTED, align="center")


def _draw_steering(surface: pygame.Surface, moment: Moment) -> None:
    """A wheel that turns eight times as far as the car's front wheels."""
    _panel(surface, STEERING, "steering")
    center, radius = (STEERING.centerx, STEERING.y + 88), 46
    pygame.draw.circle(surface, GRID, center, radius, 9)
    turned = math.radians(90) + 8.0 * moment.steering_angle
    for spoke in (turned, turned + math.radians(120), turned - math.radians(120)):
        color = ACCENT if spoke == turned else GRID
        pygame.draw.line(surface, color, center, _polar(center, radius - 4, spoke), 7)
    pygame.draw.circle(surface, PANEL, center, 10)
    angle = math.degrees(moment.steering_angle)
    side = "straight" if abs(angle) < 0.05 else ("left" if angle > 0 else "right")
    text(surface, f"{abs(angle):.1f} deg {side}", (center[0], STEERING.bottom - 16), 15, MUTED, align="center")


def _draw_numbers(surface: pygame.Surface, moment: Moment) -> None:
    _panel(surface, NUMBERS, "drive")
    share = min(max(moment.progress / moment.route_length, 0.0), 1.0)
    bar = pygame.Rect(NUMBERS.x + 20, NUMBERS.bottom - 30, NUMBERS.width - 40, 10)
    pygame.draw.rect(surface, GRID, bar, border_radius=5)
    done = bar.copy()
    done.width = max(round(share * bar.width), 10)
    pygame.draw.rect(surface, GOOD, done, border_radius=5)
    half_lane = 0.5 * moment.road.lane_width
    entries = [
        (
            "from lane centre",
            f"{moment.lateral_offset:+.2f} m",
            TEXT if abs(moment.lateral_offset) < half_lane else BAD,
        ),
        ("heading error", f"{math.degrees(moment.heading_error):+.1f} deg", TEXT),
        ("driven", f"{moment.progress:.0f} of {moment.route_length:.0f} m", TEXT),
        ("time", f"{moment.elapsed_s:.1f} s", TEXT),
        ("reward", f"{moment.total_reward:.1f}", TEXT),
    ]
    for column, (label, value, color) in enumerate(entries):
        x = NUMBERS.x + 20 + column * 156
        text(surface, label, (x, NUMBERS.y + 46), 15, MUTED)
        text(surface, value, (x, NUMBERS.y + 70), 22, color)


def image(frame: ByteArray) -> pygame.Surface:
    """A frame (H, W, 3 or 1) uint8 as a surface."""
    colors = np.repeat(frame, 3, axis=2) if frame.shape[2] == 1 else frame
    return pygame.surfarray.make_surface(colors.swapaxes(0, 1))


def _panel(surface: pygame.Surface, rect: pygame.Rect, title: str) -> None:
    pygame.draw.rect(surface, PANEL, rect, border_radius=12)
    text(surface, title, (rect.x + 12, rect.y + 10), 15, MUTED)


def text(
    surface: pygame.Surface, words: str, at: tuple[int, int], size: int, color: Color, align: str = "left"
) -> None:
    """Writes words with their corner, or their middle, at a place."""
    rendered = _font(size).render(words, True, color)
    anchor = {"left": "topleft", "right": "topright", "top": "midtop", "center": "center"}[align]
    surface.blit(rendered, rendered.get_rect(**{anchor: at}))


_FONTS: dict[int, pygame.font.Font] = {}


def _font(size: int) -> pygame.font.Font:
    if size not in _FONTS:
        _FONTS[size] = pygame.font.Font(None, round(1.3 * size))
    return _FONTS[size]


def _line(surface: pygame.Surface, color: Color, closed: bool, points: FloatArray, width: int) -> None:
    if len(points) >= 2:
        pygame.draw.lines(surface, color, closed, points.tolist(), width)


def _polar(center: tuple[int, int], radius: float, angle: float) -> tuple[float, float]:
    return center[0] + radius * math.cos(angle), center[1] - radius * math.sin(angle)


def _arc(surface: pygame.Surface, color: Color, center: tuple[int, int], radius: int, start: float, end: float) -> None:
    if start != end:
        points = np.array([_polar(center, radius, angle) for angle in np.linspace(start, end, 40)])
        _line(surface, color, False, points, 10)
