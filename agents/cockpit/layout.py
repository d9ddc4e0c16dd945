"""Where each panel goes, in a window of any size."""

from dataclasses import dataclass
from itertools import pairwise

import pygame

GAP = 10  # px between panels, and around them
STATUS_HEIGHT = 26  # px of the line at the bottom
SIDE_WIDTH = (372, 640)  # px, least and most, of the column beside the view
BOTTOM_HEIGHT = (178, 320)  # px, of the row below it
SIDE_SHARE, BOTTOM_SHARE = 0.29, 0.247  # of the window
LEAST_VIEW = (320, 180)  # px; a smaller view is given the room of the panels beside it
LEAST_SIDE_HEIGHT = 420  # px; a lower column would squeeze its panels beyond legibility
LEAST_BOTTOM_WIDTH = 480  # px
LEAST_SIZE = (160, 120)  # px of a window; smaller ones show what fits

SIDE_WIDTHS = {"eye": 1.2, "map": 0.8}  # panels that stand beside another one in the column, and their shares
TOWN_WIDTHS = {"eye": 0.8, "map": 1.2}  # the same in a town, whose map shows more
SIDE_ROWS = ((("eye", "map"), 0.29), (("values",), 0.40), (("pose",), 0.31))  # and their shares of the column
BOTTOM = {"dials": 0.36, "charts": 0.64}
OWN = {"eye": 0.7, "values": 1.3, "dials": 1.0}  # panels of each of two cars, and their shares of a row
SHARED = {"map": 1.0, "charts": 3.5}  # panels that show both cars
PANELS = ("eye", "map", "values", "dials", "charts", "pose")  # in the order of the keys that switch them


@dataclass(frozen=True)
class Place:
    """A panel, whose moment it shows, and where."""

    panel: str
    car: int
    rect: pygame.Rect


@dataclass(frozen=True)
class Layout:
    """All places in a window."""

    places: tuple[Place, ...]
    status: pygame.Rect
    left_out: tuple[str, ...]  # panels that are wanted but find no room


def lay_out(size: tuple[int, int], shown: frozenset[str], cars: int = 1, *, town: bool = False) -> Layout:
    """Places for the view and the ``shown`` panels in a window of ``size`` (width, height) [px].

    What does not fit is left out, whole columns and rows first, so that the view never vanishes.
    """
    width, height = max(size[0], LEAST_SIZE[0]), max(size[1], LEAST_SIZE[1])
    status = pygame.Rect(GAP, height - STATUS_HEIGHT - GAP // 2, width - 2 * GAP, STATUS_HEIGHT)
    room = pygame.Rect(GAP, GAP, width - 2 * GAP, status.top - GAP - GAP // 2)
    places = _compare(room, shown) if cars > 1 else _single(room, shown, TOWN_WIDTHS if town else SIDE_WIDTHS)
    placed = {place.panel for place in places}
    wanted = [name for name in panels_of(cars) if name in shown]
    return Layout(tuple(places), status, tuple(name for name in wanted if name not in placed))


def panels_of(cars: int) -> tuple[str, ...]:
    """The panels that there are for so many cars."""
    return PANELS if cars == 1 else tuple(name for name in PANELS if name in (*OWN, *SHARED))


def _single(room: pygame.Rect, shown: frozenset[str], widths: dict[str, float]) -> list[Place]:
    """The view, a column of panels to its right, where two share a row by ``widths``, and a row of them below."""
    view, places = room.copy(), []
    side_width = _between(SIDE_SHARE * room.width, SIDE_WIDTH)
    bottom_height = _between(BOTTOM_SHARE * room.height, BOTTOM_HEIGHT)
    rows = [(names, share) for names, share in SIDE_ROWS if shown & set(names)]
    bottom = {name: share for name, share in BOTTOM.items() if name in shown}
    if rows and room.height >= LEAST_SIDE_HEIGHT and room.width - side_width - GAP >= LEAST_VIEW[0]:
        view.width -= side_width + GAP
        side = pygame.Rect(view.right + GAP, room.y, side_width, room.height)
        for (names, _), strip in zip(rows, _split(side, [share for _, share in rows], down=True), strict=True):
            places += _in_a_row(strip, {name: widths.get(name, 1.0) for name in names if name in shown})
    if bottom and view.width >= LEAST_BOTTOM_WIDTH and room.height - bottom_height - GAP >= LEAST_VIEW[1]:
        places += _in_a_row(_cut_off(view, bottom_height), bottom)
    return [Place("view", 0, view), *places]


def _compare(room: pygame.Rect, shown: frozenset[str]) -> list[Place]:
    """Two views side by side, each with panels of its own below, and at the bottom what both share."""
    own = {name: share for name, share in OWN.items() if name in shown}
    shared = {name: share for name, share in SHARED.items() if name in shown}
    views, places = room.copy(), []
    height = _between(BOTTOM_SHARE * room.height, BOTTOM_HEIGHT)
    if shared and room.width >= LEAST_BOTTOM_WIDTH and views.height - height - GAP >= LEAST_VIEW[1]:
        places += _in_a_row(_cut_off(views, height), shared)
    if own and room.width >= 2 * LEAST_BOTTOM_WIDTH and views.height - height - GAP >= LEAST_VIEW[1]:
        for car, half in enumerate(_split(_cut_off(views, height), [1.0, 1.0])):
            places += _in_a_row(half, own, car)
    halves = _split(views, [1.0, 1.0])
    return [*(Place("view", car, half) for car, half in enumerate(halves)), *places]


def _in_a_row(room: pygame.Rect, shares: dict[str, float], car: int = 0) -> list[Place]:
    """Panels side by side, by their shares of the width."""
    return [Place(name, car, rect) for name, rect in zip(shares, _split(room, [*shares.values()]), strict=True)]


def _cut_off(room: pygame.Rect, height: int) -> pygame.Rect:
    """Shrinks a rectangle to make room for a row below it [px]; returns the row."""
    room.height -= height + GAP
    return pygame.Rect(room.x, room.bottom + GAP, room.width, height)


def _between(length: float, limits: tuple[int, int]) -> int:
    """A length [px], no less than the first limit and no more than the second."""
    return round(min(max(length, limits[0]), limits[1]))


def _split(room: pygame.Rect, shares: list[float], *, down: bool = False) -> list[pygame.Rect]:
    """Cuts a rectangle into pieces side by side, or one below the other, with gaps between them."""
    length = (room.height if down else room.width) - GAP * (len(shares) - 1)
    edges = [0.0]
    for share in shares:
        edges.append(edges[-1] + length * share / sum(shares))
    pieces = []
    for number, (begin, end) in enumerate(pairwise(edges)):
        first, size = round(begin) + number * GAP, round(end) - round(begin)
        if down:
            pieces.append(pygame.Rect(room.x, room.y + first, room.width, size))
        else:
            pieces.append(pygame.Rect(room.x + first, room.y, size, room.height))
    return pieces
