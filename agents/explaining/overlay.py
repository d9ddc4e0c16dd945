"""Draws an explanation over a picture: a glow where the policy looks, and the lane as its features describe it."""

from functools import lru_cache

import numpy as np
import pygame
from scipy.ndimage import map_coordinates

from agents.explaining.explain import Explanation
from perception.overlay import NEAREST, lane_lines
from sim.camera.projection import aim, project, rays
from sim.config import CameraConfig
from sim.types import ByteArray, Float32Array, FloatArray

LANE = (56, 189, 248)
GLOW = np.array([[255, 70, 0], [255, 225, 120]], dtype=np.float32)  # from weak to strong
LANE_ALPHA, GLOW_ALPHA = 46, 0.9
GLOW_POWER = 1.5  # above 1, what counts little is left dark
DASH = 4  # points of the centre line that are drawn, and as many that are not
SMOOTH = 2  # times as large, lines are drawn and then made smaller


def glow_on(picture: ByteArray, attention: Float32Array) -> ByteArray:
    """A picture (H, W, 3) uint8 with a glow as strong as ``attention`` (H, W), 0..1."""
    color, alpha = _glow(attention)
    return np.asarray(picture + alpha * (color - picture), dtype=np.uint8)


def draw_glow(size: tuple[int, int], explanation: Explanation, camera: CameraConfig) -> pygame.Surface:
    """The glow on a transparent surface of ``size`` (width, height), stretched from what ``camera`` sees.

    ``camera`` must be mounted where the policy's own is; then both see the same in the same direction, however far off.
    """
    color, alpha = _glow(attention_seen_by(camera, explanation))
    pixels = np.concatenate([color, 255.0 * alpha], axis=2).astype(np.uint8)
    small = pygame.image.frombuffer(pixels.data, (camera.width, camera.height), "RGBA")
    return pygame.transform.smoothscale(small, size)


def attention_seen_by(camera: CameraConfig, explanation: Explanation) -> Float32Array:
    """How much what each pixel of another camera sees counts, (H, W), 0..1."""
    rows, columns = _places(explanation.camera, camera)
    middles = [rows - 0.5, columns - 0.5]  # pixel centres lie at halves
    return np.asarray(map_coordinates(explanation.attention, middles, order=1, mode="grid-constant", prefilter=False))


def _glow(attention: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Colours (H, W, 3), 0..255, and how much they cover (H, W, 1), 0..1."""
    strength = attention[..., None]
    return GLOW[0] + strength * (GLOW[1] - GLOW[0]), GLOW_ALPHA * strength**GLOW_POWER


def draw_lane(size: tuple[int, int], explanation: Explanation, camera: CameraConfig) -> pygame.Surface:
    """The estimated lane on a transparent surface of ``size`` (width, height), the one of the picture of ``camera``."""
    surface = pygame.Surface((SMOOTH * size[0], SMOOTH * size[1]), pygame.SRCALPHA)
    lines = lane_lines(explanation.lane, explanation.car_centre)
    left, centre, right = (_on_screen(line, camera) for line in lines)
    if min(len(left), len(centre), len(right)) < 2:
        return pygame.transform.smoothscale(surface, size)
    pygame.draw.polygon(surface, (*LANE, LANE_ALPHA), [*left.tolist(), *right[::-1].tolist()])
    for line in (left, right):
        pygame.draw.lines(surface, (*LANE, 255), False, line.tolist(), 4 * SMOOTH)
    for first in range(0, len(centre) - 1, 2 * DASH):
        dash = centre[first : first + DASH + 1]
        pygame.draw.lines(surface, (*LANE, 255), False, dash.tolist(), 3 * SMOOTH)
    return pygame.transform.smoothscale(surface, size)


def _on_screen(line: FloatArray, camera: CameraConfig) -> FloatArray:
    """Points (K, 2) of (column, row) on the larger surface, of a line (K, 2) [m] in the car's frame."""
    ahead = line[line[:, 0] - camera.mounting_forward_m > NEAREST]
    return SMOOTH * project(ahead, camera)[:, ::-1]


@lru_cache(maxsize=4)
def _places(seen_by: CameraConfig, shown_by: CameraConfig) -> tuple[FloatArray, FloatArray]:
    """For every pixel of the camera that shows, the row and column of the other one that sees the same, (H, W) each."""
    places = aim(rays(shown_by), seen_by)
    return places[..., 0], places[..., 1]
