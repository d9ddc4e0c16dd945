"""The overlay that lists the keys."""

import pygame

from agents.cockpit import theme
from agents.cockpit.keys import KEYS

ROW = 24  # px
COLUMN = 380  # px
NAMES = 86  # px, room for the names of keys


def draw_help(surface: pygame.Surface) -> None:
    """Draws all keys over the picture, in as many columns as there is room for."""
    columns = 2 if surface.get_width() >= 2 * COLUMN + 80 else 1
    rows = -(-len(KEYS) // columns)
    box = pygame.Rect(0, 0, columns * COLUMN + 40, rows * ROW + 76)
    box.center = surface.get_rect().center
    box.top = max(box.top, 0)
    box.left = max(box.left, 0)
    pygame.draw.rect(surface, theme.BACKGROUND, box.inflate(8, 8), border_radius=theme.RADIUS + 4)
    pygame.draw.rect(surface, theme.CARD, box, border_radius=theme.RADIUS)
    theme.text(surface, "Keys", (box.x + 24, box.y + 16), theme.LARGE, bold=True)
    for number, key in enumerate(KEYS):
        x = box.x + 24 + number // rows * COLUMN
        y = box.y + 56 + number % rows * ROW
        theme.text(surface, key.names, (x, y), theme.NORMAL, theme.ACCENT)
        theme.text(surface, key.words, (x + NAMES, y), theme.NORMAL)
