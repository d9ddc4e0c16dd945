"""Reads what traffic on a map has to follow: speed limits, signals, controllers, right of way, and what is in the way.

Nobody needs it to follow a lane, so it is read apart from the roads, and a fault in it is noted and passed over.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sim.errors import UserError
from sim.roads.formats.opendrive.signs import OTHER, Signal, read_reference, read_signal, speed_in
from sim.roads.formats.opendrive.things import Thing, read_thing
from sim.roads.formats.opendrive.tree import STRANGE, Node, read_tree

UNLIMITED = 130.0 / 3.6  # m/s where a file says that there is no limit: recommended on German motorways
MOST_NOTED = 5
_UNUSED = STRANGE | {"planView", "elevationProfile", "lateralProfile", "roadMark", "width", "border", "connection"}
_Item = TypeVar("_Item")
Limits = tuple[tuple[float, float], ...]  # from which s on [m], and the limit [m/s]


@dataclass(frozen=True)
class JunctionRules:
    """What a file says of a junction beside its connections."""

    kind: str  # default, direct, virtual or crossing
    controllers: tuple[str, ...]
    priorities: tuple[tuple[str, str], ...]
    """Pairs of connecting roads: which goes first, and which gives way to it."""


@dataclass(frozen=True)
class MapRules:
    """What a file says of traffic."""

    road_limits: Mapping[str, Limits]
    lane_limits: Mapping[tuple[str, int, int], Limits]
    """By road, section and lane; s counts from the section's beginning."""
    signals: tuple[Signal, ...]
    things: tuple[Thing, ...]
    controllers: Mapping[str, frozenset[str]]
    """The signals of each."""
    junctions: Mapping[str, JunctionRules]
    roundabouts: tuple[frozenset[str], ...]
    """Junctions that make up a roundabout."""
    notes: list[str] = field(default_factory=list)
    """What is passed over, a sentence each."""


def read_rules(path: Path) -> MapRules:
    """Reads the rules of a map that ``read_map`` has read.

    Raises:
        UserError: the file cannot be read any more.
    """
    root, passed = read_tree(path, _UNUSED), _Passed(str(path))
    roads = [node for node in root.all("road") if node.has("id")]
    signals = list(_signals(roads, passed))
    by_id = {signal.id: signal for signal in signals}
    signals += _references(roads, by_id, passed)
    rules = MapRules(
        road_limits={node.text("id"): limits for node in roads if (limits := _road_limits(node, passed))},
        lane_limits=dict(_lane_limits(roads, passed)),
        signals=tuple(signal for signal in signals if signal.kind != OTHER),
        things=tuple(_things(roads, passed)),
        controllers=dict(passed.over(root.all("controller"), _controller)),
        junctions=dict(passed.over(root.all("junction"), _junction)),
        roundabouts=tuple(passed.over(root.all("junctionGroup"), _roundabout)),
    )
    missing = [f"{name} of controller {key}" for key, own in rules.controllers.items() for name in own - by_id.keys()]
    if missing:
        more = f" and {len(missing) - MOST_NOTED} more" if len(missing) > MOST_NOTED else ""
        rules.notes.append(f"A signal that a controller names is not there: {', '.join(missing[:MOST_NOTED])}{more}.")
    rules.notes.extend(passed.notes())
    return rules


class _Passed:
    """Keeps what is wrong with elements that are passed over."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._errors: list[str] = []

    def over(self, nodes: list[Node], read: Callable[..., _Item | None], *more: object) -> Iterator[_Item]:
        """What ``read`` makes of each element and of ``more``, without those of which it makes nothing."""
        for node in nodes:
            try:
                item = read(node, *more)
            except UserError as error:
                self._errors.append(str(error).removeprefix(f"{self._file}, "))
                continue
            if item is not None:
                yield item

    def notes(self) -> list[str]:
        """A sentence for each of the first, and how many more there are."""
        more = len(self._errors) - MOST_NOTED
        kept = [f"Passed over: {error}" for error in self._errors[:MOST_NOTED]]
        return [*kept, f"Passed over: {more} more such elements."] if more > 0 else kept


def _children(road: Node, group: str, tag: str) -> list[Node]:
    return [node for parent in road.all(group) for node in parent.all(tag)]


def _signals(roads: list[Node], passed: _Passed) -> Iterator[Signal]:
    for road in roads:
        yield from passed.over(_children(road, "signals", "signal"), read_signal, road.text("id"))


def _references(roads: list[Node], by_id: Mapping[str, Signal], passed: _Passed) -> Iterator[Signal]:
    for road in roads:
        nodes = _children(road, "signals", "signalReference")
        yield from passed.over(nodes, read_reference, road.text("id"), by_id)


def _things(roads: list[Node], passed: _Passed) -> Iterator[Thing]:
    for road in roads:
        yield from passed.over(_children(road, "objects", "object"), read_thing, road.text("id"))


def _road_limits(road: Node, passed: _Passed) -> Limits:
    def read(node: Node) -> tuple[float, float] | None:
        speed = node.child("speed")
        limit = _limit(speed) if speed else 0.0
        return (node.number("s"), limit) if limit else None

    return tuple(sorted(passed.over(road.all("type"), read)))


def _lane_limits(roads: list[Node], passed: _Passed) -> Iterator[tuple[tuple[str, int, int], Limits]]:
    def read(node: Node) -> tuple[float, float] | None:
        limit = _limit(node)
        return (node.number("sOffset", 0.0), limit) if limit else None

    for road in roads:
        for index, section in enumerate(_children(road, "lanes", "laneSection")):
            for side in ("left", "right"):
                for lane in _children(section, side, "lane"):
                    limits = tuple(sorted(passed.over(lane.all("speed"), read)))
                    if limits:
                        yield (road.text("id"), index, lane.whole("id")), limits


def _limit(node: Node) -> float:
    """A speed limit [m/s]; 0 where a file does not know."""
    text = node.text("max", "undefined").strip()
    if text == "no limit":
        return UNLIMITED
    return 0.0 if text == "undefined" else speed_in(node.number("max"), node.text("unit", "m/s"))


def _controller(node: Node) -> tuple[str, frozenset[str]]:
    return node.name("id"), frozenset(item.name("signalId") for item in node.all("control"))


def _junction(node: Node) -> tuple[str, JunctionRules]:
    controllers = tuple(item.name("id") for item in node.all("controller") if item.has("id"))
    pairs = [(item.name("high"), item.name("low")) for item in node.all("priority") if item.has("high")]
    return node.name("id"), JunctionRules(node.text("type", "default"), controllers, tuple(pairs))


def _roundabout(node: Node) -> frozenset[str] | None:
    if node.text("type", "") != "roundabout":
        return None
    return frozenset(item.name("junction") for item in node.all("junctionReference"))
