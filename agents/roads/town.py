"""Describes an OpenDRIVE map as a town in words: junctions, lights, how lanes hang together, and a route."""

from collections import Counter

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from agents.words import counted
from sim.errors import UserError
from sim.network.connected import connected
from sim.network.network import CONTROLS, TURNS, VEHICLES, Network
from sim.network.routing import Route, find_route
from sim.town.opendrive.town import MapTown
from sim.types import BoolArray, Int32Array, IntArray

MOST_NAMED = 6  # lanes in a line
MOST_BESIDE = 12  # lanes that are changed to see whether one can be reached
MOST_JUNCTIONS = 12  # in the table
MOST_TRIED = 12  # goals among which the longest route is looked for


def describe_town(town: MapTown) -> list[str]:
    """Facts about a map as a town, a line each."""
    network = town.network
    controls = Counter(CONTROLS[control] for control in network.junction_control)
    ruled = ", ".join(f"{count} {name}" for name, count in controls.most_common())
    vehicles = int(np.count_nonzero(network.group_kind == VEHICLES))
    limits = np.unique(np.rint(network.lane_limit * 3.6)).astype(int).tolist()
    return [
        f"As a town: {counted(len(network.lane_length), 'lane')}, {network.lane_length.sum() / 1000.0:,.2f} km, "
        f"{limits[0]}{f' to {limits[-1]}' if len(limits) > 1 else ''} km/h",
        f"Control of junctions: {ruled or 'none'}",
        f"Signals: {counted(vehicles, 'group')} for cars, {counted(len(network.head_x), 'head')}; "
        f"{counted(len(network.stop_lane), 'stop line')}, {counted(len(network.crossing_width), 'crossing')}",
        *_connections(town),
        *(f"Note: {note}" for note in town.notes),
    ]


def _connections(town: MapTown) -> list[str]:
    """Which lanes lead to one another, and which do not."""
    network = town.network
    found = connected(network)
    if found.main.all():
        return ["Every lane leads to every other one"]
    lines = []
    if found.main.any():
        kilometres = float(network.lane_length[found.main].sum()) / 1000.0
        one = np.count_nonzero(found.main) == 1
        whither = "leads back to itself" if one else "lead to one another"
        lines.append(f"{counted(int(found.main.sum()), 'lane')}, {kilometres:,.2f} km, {whither}")
        lines += _named(town, ~found.reached, "cannot be reached from there")
        lines += _named(town, ~found.leading, "does not lead there", "do not lead there")
    else:
        lines += _named(town, _ends(network, network.predecessor_starts), "cannot be reached from another lane")
        lines += _named(
            town, _ends(network, network.successor_starts), "leads to no other lane", "lead to no other lane"
        )
    return lines


def unreachable(network: Network) -> BoolArray:
    """Lanes (L,) that cannot be reached: from where one can drive round and round, or else from any other lane."""
    found = connected(network)
    return ~found.reached if found.main.any() else _ends(network, network.predecessor_starts)


def _ends(network: Network, starts: Int32Array) -> BoolArray:
    """Lanes that no link leads to, or from, nor to any lane beside them."""
    linked = np.append(np.diff(starts) > 0, False)
    for _ in range(MOST_BESIDE):
        linked[:-1] |= linked[network.lane_left] | linked[network.lane_right]
    return ~linked[:-1]


def _named(town: MapTown, lanes: BoolArray, what: str, plural: str = "") -> list[str]:
    names = [town.names[lane] for lane in np.flatnonzero(lanes)]
    if not names:
        return []
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    what = what if len(names) == 1 or not plural else plural
    return [f"{counted(len(names), 'lane')} {what}: {', '.join(names[:MOST_NAMED])}{more}"]


def junction_table(town: MapTown) -> Table:
    """The junctions, a row each."""
    network = town.network
    count = len(town.junctions)
    title = "Junctions" if count <= MOST_JUNCTIONS else f"{MOST_JUNCTIONS} of {count} junctions"
    table = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("junction", style="bold", no_wrap=True)
    table.add_column("control", no_wrap=True)
    for heading in ("lanes", "x m", "y m", "signals", "cycle s"):
        table.add_column(heading, justify="right", no_wrap=True)
    for index in range(min(count, MOST_JUNCTIONS)):
        groups = int(network.junction_group_starts[index + 1] - network.junction_group_starts[index])
        lanes = int(network.junction_lane_starts[index + 1] - network.junction_lane_starts[index])
        x = float(network.junction_x[index]) + town.origin[0]
        y = float(network.junction_y[index]) + town.origin[1]
        cycle = f"{network.junction_cycle[index] / 10.0:.0f}" if groups else "-"
        table.add_row(
            Text(town.junctions[index]),
            CONTROLS[network.junction_control[index]],
            *(str(lanes), str(round(x)), str(round(y)), str(groups or "-"), cycle),
        )
    return table


def route_of(town: MapTown, start: str | None, goal: str | None) -> Route | None:
    """The route between two lanes by their names; a long one where one or both are left open, None if there is none.

    Raises:
        UserError: there is no such lane, or no way leads to the goal.
    """
    network = town.network
    first = town.lane(start) if start is not None else -1
    last = town.lane(goal) if goal is not None else -1
    if first >= 0 and last >= 0:
        try:
            return _route(network, first, last)
        except UserError:
            raise UserError(
                f"{town.path}: no way leads from lane {start} to lane {goal}; choose another goal."
            ) from None
    starts = [first] if first >= 0 else _some(_beginnings(town))
    goals = [last] if last >= 0 else _some(np.flatnonzero(network.lane_junction < 0))
    routes = [route for a in starts for b in goals if a != b and (route := _try(network, a, b)) is not None]
    if not routes and (start is not None or goal is not None):
        way = f"from lane {start} anywhere" if start is not None else f"to lane {goal}"
        raise UserError(f"{town.path}: no way leads {way}; choose another lane.")
    return max(routes, key=lambda route: route.length, default=None)


def _beginnings(town: MapTown) -> IntArray:
    """Lanes to begin at: one of those that lead to one another, or else those that no other leads to."""
    network = town.network
    streets = np.flatnonzero(town.main & (network.lane_junction < 0))
    if len(streets):
        return streets[:1]
    return np.flatnonzero(np.diff(network.predecessor_starts) == 0)


def _some(lanes: IntArray) -> list[int]:
    """At most so many, all over the list."""
    picked = np.unique(np.linspace(0, len(lanes) - 1, min(len(lanes), MOST_TRIED)).astype(np.int64))
    return [int(lane) for lane in lanes[picked]] if len(lanes) else []


def _try(network: Network, start: int, goal: int) -> Route | None:
    try:
        return _route(network, start, goal)
    except UserError:
        return None


def _route(network: Network, start: int, goal: int) -> Route:
    """From the beginning of one lane to the end of another."""
    return find_route(network, (start, 0.0), (goal, float(network.lane_length[goal])))


def describe_route(town: MapTown, route: Route) -> str:
    """A route in a line."""
    commands = ", ".join(TURNS[command] for command in route.command)
    first, last = town.names[route.lanes[0]], town.names[route.lanes[-1]]
    changes = int(np.count_nonzero(route.changes))
    return (
        f"Route from lane {first} to lane {last}: {route.length:,.0f} m, {counted(changes, 'change')} of lane"
        f"{f'; at the junctions: {commands}' if commands else ''}"
    )
