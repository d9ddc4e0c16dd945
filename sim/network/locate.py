"""The lane nearest to a place, for starts and goals that are given as points."""

import math

import numpy as np

from sim.errors import UserError
from sim.network.lines import STEP
from sim.network.network import Network

FARTHEST = 5.0  # m from the middle of a lane that a place may lie


def lane_at(network: Network, name: str, place: tuple[float, float], heading: float | None = None) -> tuple[int, float]:
    """The lane nearest to a place, and the station on it.

    Args:
        network: The network.
        name: What the place is, for the message: "start" or "goal".
        place: x, y [m].
        heading: Direction of travel [rad]; lanes that run against it are passed over.

    Returns:
        Lane and station [m].

    Raises:
        UserError: the place is farther than FARTHEST from every such lane.
    """
    x, y = place
    if not (math.isfinite(x) and math.isfinite(y)):
        raise UserError(f"The {name} is ({x:g}, {y:g}); give two finite numbers, x and y in metres.")
    dx, dy = x - network.x.astype(np.float64), y - network.y.astype(np.float64)
    away = np.maximum(np.abs(dx), np.abs(dy))  # which does not overflow; near lanes, the distance itself decides
    near = away <= FARTHEST + 1.0
    if heading is not None:
        near &= network.cos * math.cos(heading) + network.sin * math.sin(heading) > 0.0
    points = np.flatnonzero(near)
    if len(points):
        along = network.cos[points] * dx[points] + network.sin[points] * dy[points]
        aside = network.cos[points] * dy[points] - network.sin[points] * dx[points]
        lane = np.searchsorted(network.lane_points, points, side="right") - 1
        ahead = network.station[points] + along
        station = np.clip(ahead, 0.0, network.lane_length[lane])
        between = np.maximum(np.abs(along) - STEP, np.abs(ahead - station))  # beyond the next point, or the lane's end
        distance = np.hypot(aside, np.maximum(between, 0.0))
        best = int(np.argmin(distance))
        if distance[best] <= FARTHEST:
            return int(lane[best]), float(station[best])
    k = int(np.argmin(away))
    direction = "" if heading is None else " in its direction"
    raise UserError(
        f"The {name} ({x:g}, {y:g}) is more than {FARTHEST:g} m from every lane{direction}; "
        f"a lane near it passes ({network.x[k]:.1f}, {network.y[k]:.1f})."
    )
