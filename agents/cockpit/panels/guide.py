"""What the navigator and the next signal say, as a display over the view of a town."""

from functools import lru_cache

import numpy as np
import pygame

from agents.cockpit import theme
from agents.cockpit.guide import Guide
from agents.cockpit.panels.town_map import SIGNALS
from sim.camera.arrow import BACKGROUND, FOREGROUND, SHARE, arrows
from sim.network.network import FOLLOW, TURNS

MARGIN = 12  # px between the rim of the view and the display
ARROW = 44  # px, height and width
GAP = 8  # px


def draw_guide(surface: pygame.Surface, guide: Guide) -> None:
    """In the lower left corner: the command as an arrow with the way to the junction, and the signal beside it."""
    x, middle = MARGIN, surface.get_height() - MARGIN - ARROW // 2 - GAP
    if guide.command != TURNS[FOLLOW]:
        words = f"{guide.junction_distance:.0f} m" if guide.junction_distance >= 0.5 else "now"
        box = pygame.Rect(x, 0, ARROW + 3 * GAP + theme.width_of("30 m", theme.LARGE), ARROW + 2 * GAP)
        box.centery = middle
        pygame.draw.rect(surface, theme.CARD, box, border_radius=theme.RADIUS)
        surface.blit(_arrow(TURNS.index(guide.command)), (box.x + GAP, box.y + GAP))
        theme.text(surface, words, (box.x + ARROW + 2 * GAP, middle), theme.LARGE, align="midleft")
        x = box.right + GAP
    if guide.signal:
        words = f"{guide.signal}, {max(guide.stop_distance, 0.0):.0f} m"
        bar = pygame.Rect(x, 0, theme.width_of(words, theme.NORMAL) + 46, 30)
        bar.centery = middle
        pygame.draw.rect(surface, theme.CARD, bar, border_radius=bar.height // 2)
        pygame.draw.circle(surface, SIGNALS[guide.signal], (bar.x + 19, middle), 8)
        theme.text(surface, words, (bar.x + 34, middle), theme.NORMAL, align="midleft")


@lru_cache(maxsize=4)
def _arrow(turn: int) -> pygame.Surface:
    """The arrow of a command, the same that the network gets, in the cockpit's colours."""
    shares = (arrows(ARROW * SHARE)[turn - 1].astype(np.float64) - BACKGROUND) / (FOREGROUND - BACKGROUND)
    dark, bright = np.array(theme.CARD), np.array(theme.TEXT)
    return theme.image((dark + shares[..., None] * (bright - dark) + 0.5).astype(np.uint8))
