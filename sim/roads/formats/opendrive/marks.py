"""Reads what is painted on a lane's border.

A double mark is named from the inside to the outside of the road, that of the centre from left to right.
"""

import math

from sim.errors import UserError
from sim.roads.formats.opendrive.model import Mark, Stripe
from sim.roads.formats.opendrive.tree import Node

WIDTHS = {"standard": 0.12, "bold": 0.25}  # m, where the file gives none; lines of German roads (RMS)
CURB_WIDTH = 0.2  # m
GAP = 0.12  # m between the two lines of a double mark
DASH = (3.0, 6.0)  # m, dash and gap where the file gives none: German town (RMS)
WIDEST = 1.0  # m
MOST_MARKS = 10_000  # of one lane
PARTS: dict[str, tuple[bool, ...]] = {
    "solid": (False,),
    "edge": (False,),
    "curb": (False,),
    "broken": (True,),
    "botts dots": (True,),
    "solid solid": (False, False),
    "solid broken": (False, True),
    "broken solid": (True, False),
    "broken broken": (True, True),
}  # whether each line is broken


def read_marks(lane: Node) -> tuple[Mark, ...]:
    """The marks of a lane in the order of their starts; what paints nothing has no stripes.

    Raises:
        UserError: there are too many, or one of them is no mark.
    """
    side = 1 if lane.whole("id") > 0 else -1
    nodes = lane.all("roadMark")
    if len(nodes) > MOST_MARKS:
        raise UserError(f"{lane.where} has {len(nodes):,} roadMarks, but may have {MOST_MARKS:,}.")
    marks = [_mark(node, side) for node in nodes]
    return tuple(sorted(marks, key=lambda mark: mark.start))


def _mark(node: Node, side: int) -> Mark:
    kind = node.name("type", "none")
    color = _color(node.text("color", "standard"), kind)
    stripes = _explicit(node, color, side) or _implied(node, kind, color, side)
    return Mark(max(node.number("sOffset", 0.0), 0.0), kind, stripes)


def _color(color: str, kind: str) -> str:
    if kind == "curb":
        return "curb"
    return "white" if color == "standard" else color


def _implied(node: Node, kind: str, color: str, side: int) -> tuple[Stripe, ...]:
    """The stripes that the name of a mark stands for."""
    broken = PARTS.get(kind, ())
    usual = CURB_WIDTH if kind == "curb" else WIDTHS.get(node.text("weight", "standard"), WIDTHS["standard"])
    width = _bounded(node.number("width", usual), usual)
    outwards = [0.0] if len(broken) < 2 else [-0.5 * (width + GAP), 0.5 * (width + GAP)]
    return tuple(
        Stripe(side * offset, width, color, DASH if dashed else None)
        for offset, dashed in zip(outwards, broken, strict=False)
    )


def _explicit(node: Node, color: str, side: int) -> tuple[Stripe, ...]:
    """The stripes that the file describes one by one, if it does; tOffset grows to the left."""
    described = node.child("type")
    if described is None or node.text("type", "none") == "none":
        return ()
    own = _bounded(described.number("width", 0.0), node.number("width", WIDTHS["standard"]))
    stripes = []
    for line in described.all("line"):
        length, gap = line.number("length", 0.0), line.number("space", 0.0)
        dashed = length > 0.0 and gap > 0.0
        shade = _color(line.text("color", color), "")
        width = _bounded(line.number("width", own), own)
        stripes.append(Stripe(line.number("tOffset", 0.0), width, shade, (length, gap) if dashed else None))
    return tuple(stripes)


def _bounded(width: float, usual: float) -> float:
    """A width that a line can have [m], or the usual one."""
    return width if 0.01 <= width <= WIDEST and math.isfinite(width) else min(max(usual, 0.01), WIDEST)
