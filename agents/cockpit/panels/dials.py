"""Speed and steering."""

import math

import pygame

from agents.cockpit import theme
from agents.cockpit.moment import Moment, Tick
from agents.cockpit.panels.panel import Panel

START, END = math.radians(210.0), math.radians(-30.0)  # of the scale
ROOMY = 50  # px, radius of a dial with room for the largest type
ROOMY_SIGN = 13  # px, likewise of the sign with the speed limit
WHEEL_RATIO = 8.0  # turns of the steering wheel per turn of the front wheels


class DialsPanel(Panel):
    """A speedometer with the target speed, in a town also with the limit, and a steering wheel."""

    title = "speed and steering"
    smooth = True

    def draw(self, surface: pygame.Surface, tick: Tick) -> None:
        """The first car's dials."""
        room, moment = theme.inner(surface.get_size()), tick[0]
        radius = max(min(room.width / 4.6, room.height / 2.3), 8.0)
        middle = room.y + 0.5 * room.height
        left, right, foot = room.x + 0.27 * room.width, room.x + 0.76 * room.width, middle + 0.78 * radius
        _draw_speed(surface, moment, (left, middle), radius)
        _draw_wheel(surface, moment, (right, middle - 0.12 * radius), 0.8 * radius)
        for x, words in ((left, f"target {moment.target_speed:.1f}"), (right, _turned(moment))):
            theme.text(surface, words, (x, foot), theme.SMALL, theme.MUTED, "midtop")


def _draw_speed(surface: pygame.Surface, moment: Moment, center: theme.Point, radius: float) -> None:
    limit = moment.config.actions.speed_limit
    fill, target = (
        START + min(max(value / limit, 0.0), 1.0) * (END - START) for value in (moment.speed, moment.target_speed)
    )
    radii = (0.86 * radius, radius)
    theme.ring(surface, theme.GRID, center, radii, (START, END))
    theme.ring(surface, theme.ACCENT, center, radii, (START, fill))
    theme.stroke(
        surface, theme.TEXT, theme.polar(center, 0.76 * radius, target), theme.polar(center, 1.1 * radius, target), 3
    )
    if moment.guide is not None:
        _draw_limit(surface, moment.guide.speed_limit, limit, center, radius)
    size = theme.HUGE if radius >= ROOMY else theme.LARGE
    theme.text(surface, f"{moment.speed:.1f}", center, size, align="center", bold=True)
    theme.text(surface, "m/s", (center[0], center[1] + 0.3 * radius), theme.SMALL, theme.MUTED, "midtop")


def _draw_limit(surface: pygame.Surface, limit: float, fastest: float, center: theme.Point, radius: float) -> None:
    """The speed limit [m/s] as a mark on the scale, up to ``fastest``, and as the sign beside it, in km/h."""
    angle = START + min(limit / fastest, 1.0) * (END - START)
    mark = [theme.polar(center, share * radius, angle) for share in (0.86, 1.0)]
    theme.stroke(surface, theme.BAD, mark[0], mark[1], 3)
    sign, size = (center[0] + 0.98 * radius, center[1] - 0.84 * radius), max(0.27 * radius, 9.0)
    theme.ring(surface, theme.BAD, sign, (0.0, size), (0.0, 2.0 * math.pi))
    theme.ring(surface, theme.TEXT, sign, (0.0, 0.76 * size), (0.0, 2.0 * math.pi))
    type_size = theme.SMALL if size >= ROOMY_SIGN else theme.TINY
    theme.text(surface, f"{3.6 * limit:.0f}", sign, type_size, theme.BACKGROUND, "center", bold=True)


def _draw_wheel(surface: pygame.Surface, moment: Moment, center: theme.Point, radius: float) -> None:
    theme.ring(surface, theme.GRID, center, (0.84 * radius, radius), (0.0, 2.0 * math.pi))
    turned = math.radians(90.0) + WHEEL_RATIO * moment.steering_angle
    for spoke in (turned + math.radians(100.0), turned - math.radians(100.0)):
        theme.stroke(surface, theme.GRID, center, theme.polar(center, 0.86 * radius, spoke), 6)
    theme.ring(surface, theme.ACCENT, center, (0.8 * radius, 1.04 * radius), (turned - 0.16, turned + 0.16))
    pygame.draw.circle(surface, theme.GRID, center, 0.2 * radius)


def _turned(moment: Moment) -> str:
    degrees = math.degrees(moment.steering_angle)
    side = "left" if degrees > 0.0 else "right"
    return f"{abs(degrees):.1f} deg {side}" if abs(degrees) >= 0.05 else "straight"
