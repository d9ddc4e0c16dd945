"""The car, seen from behind: two boxes, wheels and lamps."""

import math

import numpy as np
import pygame

from agents.cockpit import theme
from agents.cockpit.moment import Moment
from sim.camera.projection import aim
from sim.config import CameraConfig
from sim.types import FloatArray

BODY_HEIGHT, CABIN_HEIGHT = (0.4, 0.9), (0.9, 1.42)  # m, from bottom to top
TAPER = 0.35  # m by which the cabin's roof is shorter at either end
PAINT: theme.Color = (196, 60, 52)
GLASS: theme.Color = (38, 46, 58)
TYRE: theme.Color = (22, 23, 26)
LAMP, BRAKE_LAMP = (120, 24, 24), (255, 70, 60)
SHADOW = (0, 0, 0, 70)
BRAKING = -0.5  # m/s^2
WHEEL_RADIUS, WHEEL_WIDTH = 0.32, 0.2  # m


def draw_car(surface: pygame.Surface, moment: Moment, camera: CameraConfig, pose: tuple[float, float, float]) -> None:
    """Draws the car of a moment as ``camera`` at ``pose`` (x, y [m], heading [rad]) sees it."""
    eye = _Eye(moment, camera, pose)
    vehicle = moment.config.vehicle
    wheelbase, length, half_width = vehicle.wheelbase, vehicle.length, 0.5 * vehicle.width
    rear, front = 0.5 * (wheelbase - length), 0.5 * (wheelbase + length)
    _draw_shadow(surface, eye, (rear, front), half_width)
    for axle, angle in ((0.0, 0.0), (wheelbase, moment.steering_angle)):
        for side in (1.0, -1.0):
            _draw_wheel(surface, eye, (axle, side * (half_width - 0.5 * WHEEL_WIDTH)), angle)
    _draw_box(surface, eye, ((rear, front), half_width, BODY_HEIGHT), 0.0, (PAINT, PAINT))
    cabin = (rear + 0.09 * length, front - 0.35 * length)
    _draw_box(surface, eye, (cabin, 0.85 * half_width, CABIN_HEIGHT), TAPER, (GLASS, PAINT))
    lamp = BRAKE_LAMP if moment.acceleration < BRAKING else LAMP
    for side in (-1.0, 1.0):
        near, far, behind = 0.57 * side * half_width, 0.95 * side * half_width, rear - 0.01
        corners = [(behind, near, 0.62), (behind, far, 0.62), (behind, far, 0.78), (behind, near, 0.78)]
        theme.shape(surface, lamp, eye.see(np.array(corners)))


class _Eye:
    """Projects points of the car to the picture."""

    def __init__(self, moment: Moment, camera: CameraConfig, pose: tuple[float, float, float]) -> None:
        self._camera = camera
        dx, dy, turned = moment.x - pose[0], moment.y - pose[1], moment.heading - pose[2]
        cos, sin = math.cos(pose[2]), math.sin(pose[2])
        self._origin = np.array([dx * cos + dy * sin, dy * cos - dx * sin, 0.0])
        self._turn = np.array(
            [[math.cos(turned), math.sin(turned), 0.0], [-math.sin(turned), math.cos(turned), 0.0], [0.0, 0.0, 1.0]]
        )

    def see(self, points: FloatArray) -> FloatArray:
        """Pixels (K, 2), x and y, of points (K, 3) [m] forward, left and up of the rear axle."""
        return aim(self._from_camera(points), self._camera)[:, ::-1]

    def faces(self, corners: FloatArray) -> bool:
        """Whether a face (4, 3), counter-clockwise from outside, is turned to the camera."""
        seen = self._from_camera(corners)
        return bool(np.dot(np.cross(seen[1] - seen[0], seen[2] - seen[0]), seen[0]) < 0.0)

    def _from_camera(self, points: FloatArray) -> FloatArray:
        lens = np.array([self._camera.mounting_forward_m, 0.0, self._camera.mounting_height_m])
        return np.asarray(points @ self._turn + self._origin - lens)


_Box = tuple[tuple[float, float], float, tuple[float, float]]
# Corners of each face of a box, counter-clockwise from outside, and how much light it gets; corner k is at the front
# for k & 4, left for k & 2 and on top for k & 1.
_FACES = (((4, 6, 7, 5), 0.8), ((0, 1, 3, 2), 0.7), ((2, 3, 7, 6), 0.8), ((0, 4, 5, 1), 0.8), ((1, 5, 7, 3), 1.0))


def _draw_box(
    surface: pygame.Surface, eye: _Eye, box: _Box, taper: float, colors: tuple[theme.Color, theme.Color]
) -> None:
    """A box whose top is shorter by ``taper`` [m] at either end; ``colors`` of its sides and of its top."""
    (rear, front), half_width, (bottom, top) = box
    corners = np.array(
        [
            (
                (front - taper * up) if forward else (rear + taper * up),
                (half_width - 0.25 * taper * up) * (1.0 if left else -1.0),
                top if up else bottom,
            )
            for forward in (0, 1)
            for left in (0, 1)
            for up in (0, 1)
        ]
    )
    for indices, light in _FACES:
        face = corners[list(indices)]
        if eye.faces(face):
            color = colors[1] if light == 1.0 else colors[0]
            theme.shape(surface, _shaded(color, light), eye.see(face))


def _draw_wheel(surface: pygame.Surface, eye: _Eye, place: tuple[float, float], angle: float) -> None:
    cos, sin = math.cos(angle), math.sin(angle)
    outline = [
        (place[0] + forward * cos - left * sin, place[1] + forward * sin + left * cos, up)
        for forward, left, up in (
            (-WHEEL_RADIUS, -0.5 * WHEEL_WIDTH, 0.0),
            (-WHEEL_RADIUS, 0.5 * WHEEL_WIDTH, 0.0),
            (-WHEEL_RADIUS, 0.5 * WHEEL_WIDTH, 2.0 * WHEEL_RADIUS),
            (-WHEEL_RADIUS, -0.5 * WHEEL_WIDTH, 2.0 * WHEEL_RADIUS),
        )
    ]
    theme.shape(surface, TYRE, eye.see(np.array(outline)))
    side = math.copysign(0.5 * WHEEL_WIDTH, place[1])
    round_side = [
        (
            place[0] + WHEEL_RADIUS * math.cos(turn) * cos - side * sin,
            place[1] + WHEEL_RADIUS * math.cos(turn) * sin + side * cos,
            WHEEL_RADIUS * (1.0 + math.sin(turn)),
        )
        for turn in np.linspace(0.0, 2.0 * math.pi, 14)[:-1]
    ]
    theme.shape(surface, TYRE, eye.see(np.array(round_side)))


def _draw_shadow(surface: pygame.Surface, eye: _Eye, along: tuple[float, float], half_width: float) -> None:
    rear, front = along
    outline = [
        (rear, half_width),
        (front + 0.1, half_width),
        (front + 0.1, -half_width),
        (rear, -half_width),
    ]
    corners = eye.see(np.array([(forward, 1.1 * left, 0.0) for forward, left in outline]))
    layer = pygame.Surface(np.ptp(corners, axis=0) + 4, pygame.SRCALPHA)
    corner = corners.min(axis=0) - 2.0
    pygame.draw.polygon(layer, SHADOW, (corners - corner).tolist())
    surface.blit(layer, corner)


def _shaded(color: theme.Color, light: float) -> theme.Color:
    return round(color[0] * light), round(color[1] * light), round(color[2] * light)
