"""A picture of several moments of a drive with what the policy makes of each, for PNG files."""

import math
from pathlib import Path

import pygame

from agents.cockpit import theme
from agents.cockpit.files import png
from agents.cockpit.moment import Moment, explained
from agents.cockpit.panels.view import ViewPanel
from agents.cockpit.session import Session
from agents.cockpit.shots import drive_shots
from agents.explaining.explain import Explainer
from perception.atomic import write_atomic
from perception.labels import HEADING_ERROR, LATERAL_OFFSET

TILE = (640, 372)  # px, a view
CAPTION = 64  # px below a view
GAP = 12  # px around tiles
EYE_WIDTH = 176  # px of the network's own frame


def write_explained(session: Session, explainer: Explainer, count: int, seconds: float, path: Path) -> None:
    """Drives, and writes a picture (.png) of ``count`` moments, ``seconds`` of driving apart, two in a row."""
    view = ViewPanel()
    tiles = [_tile(_moment_after(session, explainer, seconds), view) for _ in range(count)]
    columns = min(count, 2)
    rows = math.ceil(count / columns)
    size = (TILE[0] + GAP, TILE[1] + CAPTION + GAP)
    sheet = pygame.Surface((columns * size[0] + GAP, rows * size[1] + GAP))
    sheet.fill(theme.BACKGROUND)
    for number, tile in enumerate(tiles):
        sheet.blit(tile, (GAP + number % columns * size[0], GAP + number // columns * size[1]))
    write_atomic(path, png(sheet))


def _moment_after(session: Session, explainer: Explainer, seconds: float) -> Moment:
    """The explained moment after so much driving, on to the next road whenever one ends."""
    for _ in drive_shots([session], seconds):
        pass
    return explained(session.moment(), explainer)


def _tile(moment: Moment, view: ViewPanel) -> pygame.Surface:
    tile = pygame.Surface((TILE[0], TILE[1] + CAPTION))
    tile.fill(theme.CARD)
    view.draw_view(tile.subsurface((0, 0), TILE), moment)
    height, width = moment.frame.shape[:2]
    eye = theme.enlarged(moment.frame, (EYE_WIDTH, round(EYE_WIDTH * height / width)))
    place = eye.get_rect(topright=(TILE[0] - 12, 12))
    pygame.draw.rect(tile, theme.TEXT, place.inflate(4, 4))
    tile.blit(eye, place)
    chosen, read = _captions(moment)
    theme.text(tile, chosen, (14, TILE[1] + 10), theme.NORMAL, theme.TEXT)
    theme.text(tile, read, (14, TILE[1] + 36), theme.SMALL, theme.MUTED)
    return tile


def _captions(moment: Moment) -> tuple[str, str]:
    """What the policy does, and what its features say beside what is true."""
    assert moment.explanation is not None
    lane, signed = moment.explanation.lane, theme.signed
    turned, heading = math.degrees(moment.steering_angle), math.degrees(moment.heading_error)
    speeds = f"{moment.speed:.1f} m/s, wants {moment.target_speed:.0f}"
    chosen = f"{moment.driver}, {moment.place_name}: steers {signed(turned, 1)} deg, {speeds}"
    read = (
        f"read off its features: {signed(lane[LATERAL_OFFSET], 2)} m from lane centre "
        f"(is {signed(moment.lateral_offset, 2)}), "
        f"heading {signed(math.degrees(lane[HEADING_ERROR]), 1)} deg (is {signed(heading, 1)})"
    )
    return chosen, read
