"""The task of a policy in an examination: from the beginning of each road, with time enough to drive it to its end."""

import dataclasses

from agents.roads.files import longest_route
from sim.config import LONGEST_EPISODE_S, EnvConfig, RoadsConfig, TaskConfig

SLOWEST_MPS = 3.0  # m/s; whoever is slower on a road of 1 km runs into the time limit
SLOWEST_SHARE = 0.3  # of the greatest speed that can be commanded, for cars that are slower than usual
WAITING = 2.0  # as long as the drive takes, a trip through a town may last at red lights, too
LONGEST_DRAWN_M = 1000.0  # m, of roads that seeds draw
TIME_LIMIT_S = LONGEST_DRAWN_M / SLOWEST_MPS


def exam_task(time_limit_s: float = TIME_LIMIT_S) -> TaskConfig:
    """The usual task, but from the beginning of each road."""
    return TaskConfig(start="beginning", time_limit_s=time_limit_s)


def own_exam_task(config: EnvConfig, roads: RoadsConfig) -> TaskConfig:
    """The task of ``config`` from the beginning of each of ``roads``, with time enough for its car to end it.

    Raises:
        UserError: they are in a file that cannot be read.
    """
    length_m = LONGEST_DRAWN_M
    if roads.kind == "file":
        length_m = max(longest_route(roads), length_m)
    elif roads.kind == "town":
        length_m = max(WAITING * config.town.trip_max_m, length_m)
    slowest_mps = min(SLOWEST_MPS, SLOWEST_SHARE * config.actions.speed_limit)
    start = exam_task(min(length_m / slowest_mps, LONGEST_EPISODE_S))
    kept = ("start", "time_limit_s", "start_offset_m", "start_heading_rad")  # none of the last two at a beginning
    return dataclasses.replace(config.task, **{name: getattr(start, name) for name in kept})
