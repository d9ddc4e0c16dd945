"""Reads what a file has in its <signals>: traffic lights and the signs that matter to whoever drives."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sim.errors import UserError
from sim.roads.formats.opendrive.tree import Node

LIGHT, SIGN_STOP, SIGN_YIELD, STOP_LINE, SIGN_LIMIT, SIGN_NO_ENTRY, OTHER = range(7)
# Codes of signs: German ones (VzKat), which OpenDRIVE's own catalogue takes over; United States (MUTCD); Sweden.
CODES = {"206": SIGN_STOP, "205": SIGN_YIELD, "294": STOP_LINE, "274": SIGN_LIMIT, "267": SIGN_NO_ENTRY}
CODES |= {"r1-1": SIGN_STOP, "r1-2": SIGN_YIELD, "r2-1": SIGN_LIMIT, "r5-1": SIGN_NO_ENTRY}
SWEDISH = {("b", "1"): SIGN_YIELD, ("b", "2"): SIGN_STOP, ("c", "31"): SIGN_LIMIT, ("c", "1"): SIGN_NO_ENTRY}
FOR_WALKERS = frozenset({"1000002", "1000003", "1000007", "1000013"})  # OpenDRIVE: people on foot and bicycles
LIGHTS = re.compile(r"10000\d\d")  # OpenDRIVE's lights
NAMES = (
    (re.compile(r"(sign|^)[ _]?stop([ _]?sign|$)"), SIGN_STOP),
    (re.compile(r"(sign|^)[ _]?(yield|give[ _]?way)([ _]?sign|$)"), SIGN_YIELD),
    (re.compile(r"stop[ _]?line"), STOP_LINE),
)
FASTEST = 150.0  # km/h; what says more is no limit
LOWEST, HIGHEST = 1.0, 12.0  # m over the ground, of the middle of a sign or light
USUAL_HEIGHT = {LIGHT: 3.0}  # m, of the middle, where the file says nothing
SIGN_MIDDLE = 2.55  # m


@dataclass(frozen=True)
class Signal:
    """A light or sign, or where another one holds as well."""

    id: str
    road: str
    s: float  # m
    t: float  # m
    kind: int
    along: bool | None
    """Whether it is for traffic along s; None: for both directions."""
    lanes: tuple[tuple[int, int], ...]
    """The lanes that it is for, each from one number to another; none given: all."""
    limit: float
    """Of a speed limit [m/s], else 0."""
    height: float  # m, of its middle
    turned: float  # rad, counter-clockwise, from facing the traffic
    line: int
    stands: bool = True
    """Whether it stands there; else another road's signal holds there."""

    def is_for(self, lane: int) -> bool:
        """Whether a lane is one of those that it is for."""
        return not self.lanes or any(min(pair) <= lane <= max(pair) for pair in self.lanes)


def read_signal(node: Node, road: str) -> Signal:
    """A <signal>.

    Raises:
        UserError: an attribute is missing, or is not what it should be.
    """
    kind = _kind(node)
    tall = node.number("height", 0.0)
    height = node.number("zOffset", 0.0) + 0.5 * tall
    return Signal(
        id=node.name("id"),
        road=road,
        s=node.number("s"),
        t=node.number("t"),
        kind=kind,
        along=_direction(node),
        lanes=lanes_of(node),
        limit=_limit(node) if kind == SIGN_LIMIT else 0.0,
        height=height if LOWEST <= height <= HIGHEST else USUAL_HEIGHT.get(kind, SIGN_MIDDLE),
        turned=math.remainder(node.number("hOffset", 0.0), 2.0 * math.pi),
        line=node.line,
    )


def read_reference(node: Node, road: str, signals: Mapping[str, Signal]) -> Signal:
    """A <signalReference>: the signal that it names, as it holds here.

    Raises:
        UserError: there is no such signal, or an attribute is not what it should be.
    """
    found = signals.get(node.name("id"))
    if found is None:
        raise UserError(f"{node.where} names the signal {node.name('id')!r}, which is not there.")
    return replace(
        found,
        road=road,
        s=node.number("s"),
        t=node.number("t"),
        along=_direction(node),
        lanes=lanes_of(node),
        line=node.line,
        stands=False,
    )


def lanes_of(node: Node) -> tuple[tuple[int, int], ...]:
    """The lanes that an element's <validity> names, each from one number to another."""
    return tuple((item.whole("fromLane"), item.whole("toLane")) for item in node.all("validity"))


def _direction(node: Node) -> bool | None:
    return {"+": True, "-": False}.get(node.text("orientation", "none"))


def _kind(node: Node) -> int:
    code, subtype, name = (node.name(key, "").strip().lower() for key in ("type", "subtype", "name"))
    if LIGHTS.fullmatch(code):
        return OTHER if code in FOR_WALKERS or node.text("dynamic", "yes") == "no" else LIGHT
    if node.text("country", "").strip().lower() in ("se", "swe", "sv") and (code, subtype) in SWEDISH:
        return SWEDISH[code, subtype]
    for known in (code, f"{code}-{subtype}"):
        if known in CODES:
            return CODES[known]
    return next((kind for pattern, kind in NAMES if pattern.search(name)), OTHER)


def _limit(node: Node) -> float:
    """Speed limit [m/s]: the value in the unit given, else the subtype in km/h, as in "274.1-30"; 0: not known."""
    value, unit = node.number("value", -1.0), node.text("unit", "km/h")
    if value <= 0.0:
        found = re.fullmatch(r"(?:\d+-)?(\d{1,3})", node.name("subtype", "").strip())
        value, unit = (float(found[1]) if found else 0.0), "km/h"
    elif value <= 15.0 and "unit" not in node.attributes:
        value *= 10.0  # signs of Sweden and of some editors give tens of km/h
    return speed_in(value, unit)


def speed_in(value: float, unit: str) -> float:
    """A speed limit [m/s] in km/h, mph or m/s; 0 for what is none."""
    speed = value * {"km/h": 1.0 / 3.6, "mph": 0.44704}.get(unit, 1.0)
    return speed if 1.0 <= speed <= FASTEST / 3.6 else 0.0
