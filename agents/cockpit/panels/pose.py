"""Where the car is in its lane, and where the policy's features say that it is."""

import math
from dataclasses import dataclass

import pygame

from agents.cockpit import theme
from agents.cockpit.moment import Moment, Tick
from agents.cockpit.panels.panel import Panel
from perception.labels import HEADING_ERROR, LANE_WIDTH, LATERAL_OFFSET

ROWS = (("offset", "m", 2), ("heading", "deg", 1), ("lane", "m", 2))


@dataclass(frozen=True)
class Pose:
    """A car in a lane."""

    offset: float  # m to the left of the lane's centre
    heading: float  # rad to the left of the lane
    width: float  # m, of the lane


class PosePanel(Panel):
    """The lane from above with two cars: the true one filled, the predicted one as an outline."""

    title = "lane pose: true and predicted"

    def draw(self, surface: pygame.Surface, tick: Tick) -> None:
        """The first car's pose."""
        moment, room = tick[0], theme.inner(surface.get_size())
        true, predicted = true_pose(moment), predicted_pose(moment)
        lane = pygame.Rect(room.x, room.y, min(round(0.36 * room.width), 120), room.height)
        vehicle = moment.config.vehicle
        _draw_lane(surface, lane, (vehicle.length, vehicle.width), true, predicted)
        _draw_figures(surface, pygame.Rect(lane.right + 16, room.y, room.right - lane.right - 16, room.height), tick[0])


def true_pose(moment: Moment) -> Pose:
    """The true pose."""
    return Pose(moment.lateral_offset, moment.heading_error, moment.lane_width)


def predicted_pose(moment: Moment) -> Pose | None:
    """The pose that the policy's features describe; None without a policy."""
    lane = moment.lane
    return None if lane is None else Pose(lane[LATERAL_OFFSET], lane[HEADING_ERROR], lane[LANE_WIDTH])


def _draw_lane(
    surface: pygame.Surface, room: pygame.Rect, size: tuple[float, float], true: Pose, predicted: Pose | None
) -> None:
    """Draws cars of ``size`` (length, width) [m]."""
    reach = max(abs(pose.offset) for pose in (true, predicted or true)) + size[1]  # m, until the car is in sight
    scale = min(0.7 * room.width / true.width, 0.62 * room.height / size[0], 0.5 * room.width / reach)  # px per m
    half = 0.5 * scale * true.width
    pygame.draw.rect(surface, theme.BACKGROUND, room, border_radius=6)
    before = surface.get_clip()
    surface.set_clip(room)
    for side in (-1.0, 1.0):
        x = round(room.centerx + side * half)
        pygame.draw.line(surface, theme.TEXT, (x, room.top), (x, room.bottom), 3)
    for y in range(room.top + 4, room.bottom, 16):
        pygame.draw.line(surface, theme.GRID, (room.centerx, y), (room.centerx, y + 7), 1)
    theme.shape(surface, theme.MUTED, _outline(room.center, scale, size, true))
    if predicted is not None:
        corners = _outline(room.center, scale, size, predicted)
        for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
            theme.stroke(surface, theme.ACCENT, start, end, 2.5)
    surface.set_clip(before)


def _outline(center: tuple[int, int], scale: float, size: tuple[float, float], pose: Pose) -> list[theme.Point]:
    """Corners of the car, its front upwards and pointed [px]."""
    half_length, half_width = 0.5 * size[0], 0.5 * size[1]
    nose = 0.78 * half_length
    corners = [
        (nose, half_width),
        (half_length, 0.6 * half_width),
        (half_length, -0.6 * half_width),
        (nose, -half_width),
        (-half_length, -half_width),
        (-half_length, half_width),
    ]
    cos, sin = math.cos(pose.heading), math.sin(pose.heading)
    return [
        (
            center[0] - scale * (pose.offset + forward * sin + left * cos),
            center[1] - scale * (forward * cos - left * sin),
        )
        for forward, left in corners
    ]


def _draw_figures(surface: pygame.Surface, room: pygame.Rect, moment: Moment) -> None:
    true, predicted = true_pose(moment), predicted_pose(moment)
    columns = (room.x, room.x + round(0.65 * room.width), room.right)
    theme.text(surface, "true", (columns[1], room.y), theme.SMALL, theme.MUTED, "topright")
    theme.text(surface, "predicted", (columns[2], room.y), theme.SMALL, theme.ACCENT, "topright")
    for row, (name, unit, digits) in enumerate(ROWS):
        y = room.y + 24 + 24 * row
        theme.text(surface, f"{name} [{unit}]", (columns[0], y), theme.SMALL, theme.MUTED)
        theme.text(surface, _figures(true, digits)[row], (columns[1], y), theme.NORMAL, align="topright")
        words = "-" if predicted is None else _figures(predicted, digits)[row]
        theme.text(surface, words, (columns[2], y), theme.NORMAL, theme.ACCENT, "topright")
    outside = abs(true.offset) > 0.5 * true.width
    words, color = ("outside its lane", theme.BAD) if outside else ("within its lane", theme.GOOD)
    if room.height >= 24 * (len(ROWS) + 2):
        theme.text(surface, words, (room.x, room.bottom), theme.NORMAL, color, "bottomleft")


def _figures(pose: Pose, digits: int) -> tuple[str, str, str]:
    values = (pose.offset, math.degrees(pose.heading), pose.width)
    return (theme.signed(values[0], digits), theme.signed(values[1], digits), f"{values[2]:.{digits}f}")
