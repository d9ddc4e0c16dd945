"""The network's own frame, every pixel to be seen, with a glow where it looks."""

import numpy as np
import pygame

from agents.cockpit import theme
from agents.cockpit.moment import Moment, Tick
from agents.cockpit.panels.panel import Panel
from agents.explaining import overlay
from sim.types import ByteArray


class EyePanel(Panel):
    """What the network gets."""

    title = "network's frame"

    def draw(self, surface: pygame.Surface, tick: Tick) -> None:
        """The first car's newest frame, enlarged."""
        room, moment = theme.inner(surface.get_size()), tick[0]
        height, width = moment.frame.shape[:2]
        room.height -= 16
        scale = min(room.width / width, room.height / height)
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        picture = theme.enlarged(seen(moment), size)
        surface.blit(picture, picture.get_rect(center=room.center))
        channels = "RGB" if moment.frame.shape[2] == 3 else "gray"
        stack = moment.config.camera.stack
        words = f"{width} x {height} {channels}" + (f", the newest of {stack}" if stack > 1 else "")
        theme.text(surface, words, (room.centerx, room.bottom + 4), theme.SMALL, theme.MUTED, "midtop")


def seen(moment: Moment) -> ByteArray:
    """The frame, (H, W, 3 or 1) uint8; with an explanation (H, W, 3) and a glow."""
    if moment.explanation is None:
        return moment.frame
    colors = np.broadcast_to(moment.frame, (*moment.frame.shape[:2], 3))
    return overlay.glow_on(colors, moment.explanation.attention)
