"""Small OpenDRIVE maps that are towns: a T-junction, a ring with a way in, and what stands beside them."""

import math
from collections.abc import Mapping
from pathlib import Path

from sim.network.network import Network
from sim.town.opendrive.town import MapTown
from tools.roads.writer import geometry, lane, link, road, section, write_map

ARM, REACH, WIDTH = 90.0, 10.0, 3.5  # m, of each road; from the middle to where the roads begin; of a lane
TURN = 0.5 * math.pi * REACH  # m, of a connecting road that turns
WAYS = {
    11: (1, 2, 0.0),
    12: (2, 1, 0.0),
    13: (1, 3, -1.0),
    14: (3, 1, 1.0),
    15: (3, 2, -1.0),
    16: (2, 3, 1.0),
}  # connecting roads: from which road to which, and where they turn
ARMS = {1: (-REACH, 0.0, 0.0), 2: (REACH, 0.0, math.pi), 3: (0.0, -REACH, 0.5 * math.pi)}  # x, y, heading inwards


def t_junction(
    folder: Path,
    more: Mapping[int, str] | None = None,
    inside: str = "",
    after: str = "",
    left_hand: bool = False,
) -> Path:
    """Roads 1 from the west, 2 from the east and 3 from the south, which all end at junction 9.

    Args:
        folder: Where the map is written.
        more: What stands at the end of roads, by number.
        inside: What stands in the junction beside its connections.
        after: What stands at the end of the file.
        left_hand: Whether all of it is mirrored, with traffic on the left; road 3 then comes from the north.
    """
    more = more or {}
    side = 1 if left_hand else -1
    rule = ' rule="LHT"' if left_hand else ""
    parts = [_arm(number, more.get(number, ""), side, rule) for number in ARMS]
    parts += [_way(number, more.get(number, ""), side, rule) for number in WAYS]
    connections = "".join(
        f'<connection id="{number}" incomingRoad="{begin}" connectingRoad="{number}" contactPoint="start">'
        f'<laneLink from="{side}" to="{side}"/></connection>'
        for number, (begin, _, _) in WAYS.items()
    )
    return write_map(folder, *parts, f'<junction id="9" name="">{connections}{inside}</junction>', after)


def _place(x: float, y: float, heading: float, side: int) -> tuple[float, float, float]:
    return (x, y, heading) if side < 0 else (x, -y, -heading)


def _arm(number: int, more: str, side: int, rule: str) -> str:
    x, y, heading = ARMS[number]
    begin = x - ARM * math.cos(heading), y - ARM * math.sin(heading)
    lanes = [lane(1)], [lane(-1)]
    plan = geometry(0, *_place(*begin, heading, side), ARM)
    attributes = f'junction="-1"{rule}'
    link_on = link("successor", 9)
    return road(number, ARM, plan, section(0, *lanes), link=link_on, attributes=attributes, more=more)


def _way(number: int, more: str, side: int, rule: str) -> str:
    begin, end, turn = WAYS[number]
    length = TURN if turn else 2.0 * REACH
    shape = f'<arc curvature="{-side * turn / REACH}"/>' if turn else "<line/>"
    plan = geometry(0, *_place(*ARMS[begin], side), length, shape)
    here = [lane(side, links=(side, -side), mark="")]
    lanes = section(0, left=here) if side > 0 else section(0, right=here)
    ends = link("predecessor", begin, "end") + link("successor", end, "end")
    return road(number, length, plan, lanes, link=ends, attributes=f'junction="9"{rule}', more=more)


def ring(folder: Path) -> Path:
    """Road 1, a circle of 50 m radius with one lane, and road 2, which leads into it at a direct junction."""
    around = 100.0 * math.pi
    circle = geometry(0, 0, -50, 0, around, '<arc curvature="0.02"/>')
    lanes = section(0, right=[lane(-1)])
    into = "".join(
        f'<connection id="{number}" incomingRoad="{number}" linkedRoad="1" contactPoint="start">'
        '<laneLink from="-1" to="-1"/></connection>'
        for number in (1, 2)
    )
    return write_map(
        folder,
        road(1, around, circle, lanes, link=link("predecessor", 9) + link("successor", 9)),
        road(2, 60.0, geometry(0, -60, -50, 0, 60.0), lanes, link=link("successor", 9)),
        f'<junction id="9" type="direct">{into}</junction>',
    )


def signals(*items: str) -> str:
    """What a road has in its <signals>."""
    return f"<signals>{''.join(items)}</signals>"


def signal(number: int, s: float, kind: str = "1000001", **more: str) -> str:
    """A signal to the right of the road, for traffic along it."""
    given = {"t": "-5", "orientation": "+", "dynamic": "yes", "name": "", "zOffset": "2.6", "height": "0.8", **more}
    return (
        f'<signal id="{number}" s="{s}" type="{kind}" {" ".join(f"{key}={value!r}" for key, value in given.items())}/>'
    )


ALL_LIT = {k: signals(signal(k, ARM - 1.0)) for k in (1, 2, 3)}  # a light on each road of the T-junction


def controller(number: int, *of: int) -> str:
    """A controller of some signals."""
    return f'<controller id="{number}">{"".join(f"<control signalId={str(k)!r}/>" for k in of)}</controller>'


def crosswalk(s: float, along: float = 4.0, across: float = 8.0, kind: str = "crosswalk") -> str:
    """A crosswalk over a road at a station [m], ``along`` it and ``across`` it [m]."""
    corners = "".join(
        f'<cornerLocal u="{u}" v="{v}" z="0"/>'
        for u, v in ((-0.5 * along, -0.5 * across), (0.5 * along, -0.5 * across), (0.5 * along, 0.5 * across))
    )
    last = f'<cornerLocal u="{-0.5 * along}" v="{0.5 * across}" z="0"/>'
    outline = f'<outline id="0">{corners}{last}</outline>'
    return f'<objects><object id="1" type="{kind}" s="{s}" t="0" hdg="0">{outline}</object></objects>'


def successors(network: Network, lane_number: int) -> list[int]:
    """The lanes that follow one."""
    rows = slice(network.successor_starts[lane_number], network.successor_starts[lane_number + 1])
    return network.successors[rows].tolist()


def yields_to(network: Network, lane_number: int, other: int) -> bool | None:
    """Whether a lane gives way to another one; None where they do not conflict."""
    for row in range(network.conflict_starts[lane_number], network.conflict_starts[lane_number + 1]):
        if network.conflict_lane[row] == other:
            return bool(network.conflict_gives_way[row])
    return None


def ways(town: MapTown) -> dict[int, int]:
    """The lanes through the T-junction, by connecting road."""
    return {int(name.split(":")[0]): k for k, name in enumerate(town.names) if town.network.lane_junction[k] >= 0}
