"""Reads the lanes of a road, and functions along it."""

import dataclasses

import numpy as np

from sim.errors import UserError
from sim.roads.formats.opendrive.marks import read_marks
from sim.roads.formats.opendrive.model import Cubics, Lane, Section
from sim.roads.formats.opendrive.tree import Node
from sim.roads.formats.source_file import shorten

MOST_PIECES = 10_000  # of one function along a road
MOST_LANES = 15_000  # of a map, counted in every lane section


def read_cubics(nodes: list[Node], start: str) -> Cubics | None:
    """The pieces of a function, in the order of their starts; None if there are none.

    Raises:
        UserError: there are too many, or one of them is no such piece.
    """
    if not nodes:
        return None
    if len(nodes) > MOST_PIECES:
        raise UserError(f"{nodes[0].where} is one of {len(nodes)}, but there must be at most {MOST_PIECES}.")
    rows = np.array([[node.number(name) for name in (start, "a", "b", "c", "d")] for node in nodes])
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    return Cubics(rows[:, 0], rows[:, 1:])


def read_sections(lanes: Node, length: float) -> list[Section]:
    """The lane sections of a road of that length [m].

    Raises:
        UserError: there is none, or one that cannot be.
    """
    nodes = lanes.all("laneSection")
    if not nodes:
        raise UserError(f"{lanes.where} has no laneSection.")
    starts = [node.number("s") for node in nodes]
    for node, start, following in zip(nodes, starts, [*starts[1:], max(length, starts[-1])], strict=True):
        if not 0.0 <= start <= following:
            raise UserError(
                f"{node.where} begins at s = {start:g}, but sections must follow one another from s = 0 on."
            )
    starts = [min(start, length) for start in starts]
    sections: list[Section] = []
    count = 0
    for node, start, end in zip(nodes, starts, [*starts[1:], length], strict=True):
        here, single = _lanes(node), node.flag("singleSide")
        if sections and single:
            sections[-1] = _go_on(sections[-1], node, here, start)
        count += len(here)
        if count > MOST_LANES:
            raise UserError(f"{lanes.where}: its sections have more than {MOST_LANES:,} lanes, the most of a map.")
        sections.append(Section(start, end, here))
    return sections


def _go_on(before: Section, node: Node, here: dict[int, Lane], start: float) -> Section:
    """Adds to ``here`` the lanes of sides that do not begin anew, and links those of the section before to them."""
    ended = dict(before.lanes)
    for number, lane in before.lanes.items():
        if node.child(_side(number)) is None:
            here[number] = dataclasses.replace(lane.moved(start - before.start), predecessors=(number,))
            ended[number] = dataclasses.replace(lane, successors=(number,))
    return dataclasses.replace(before, lanes=ended)


def _side(number: int) -> str:
    return "center" if number == 0 else "left" if number > 0 else "right"


def _lanes(section: Node) -> dict[int, Lane]:
    lanes: dict[int, Lane] = {}
    for group in ("left", "center", "right"):
        for parent in section.all(group):
            for node in parent.all("lane"):
                lane = _lane(node)
                if lane.id in lanes or group != _side(lane.id):
                    raise UserError(f"{node.where} with the id {lane.id} does not belong here, on the side {group}.")
                lanes[lane.id] = lane
    lanes.setdefault(0, Lane(0, "none", section.line))
    ids = sorted(lanes)
    if ids[-1] - ids[0] + 1 != len(ids):
        raise UserError(f"{section.where} has the lanes {shorten(str(ids))}, but their ids must leave none out.")
    return lanes


def _lane(node: Node) -> Lane:
    number, link = node.whole("id"), node.child("link")
    return Lane(
        id=number,
        kind=node.name("type", "none"),
        line=node.line,
        width=read_cubics(node.all("width"), "sOffset") if number else None,
        border=read_cubics(node.all("border"), "sOffset") if number else None,
        marks=read_marks(node),
        predecessors=_linked(link, "predecessor"),
        successors=_linked(link, "successor"),
        reversed=node.text("direction", "standard") == "reversed",
    )


def _linked(link: Node | None, which: str) -> tuple[int, ...]:
    return tuple(item.whole("id") for item in link.all(which) if item.has("id")) if link else ()
