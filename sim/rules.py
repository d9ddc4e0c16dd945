"""Room for what holds along routes: see ``RouteRules``."""

import numpy as np

from sim.network.signals import PROGRAM_FIELDS
from sim.types import RouteRules

NO_PROGRAMS = np.zeros((0, 0, PROGRAM_FIELDS), dtype=np.int32)
"""No town, no signals."""


def empty_rules(slots: int, segments: int, stops: int) -> RouteRules:
    """Room for ``slots`` routes of up to so many segments and stop lines."""
    return RouteRules(
        limits=np.zeros((slots, segments), dtype=np.float32),
        allowed_speeds=np.zeros((slots, segments), dtype=np.float32),
        commands=np.zeros((slots, segments), dtype=np.int8),
        distances=np.zeros((slots, segments), dtype=np.float32),
        inside=np.zeros((slots, segments), dtype=np.bool_),
        lanes=np.zeros((slots, segments), dtype=np.int32),
        lane_stations=np.zeros((slots, segments), dtype=np.float32),
        stop_stations=np.zeros((slots, stops)),
        stop_lines=np.zeros((slots, stops), dtype=np.int32),
        stop_kinds=np.zeros((slots, stops), dtype=np.int8),
        stop_groups=np.zeros((slots, stops), dtype=np.int32),
        stop_counts=np.zeros(slots, dtype=np.int64),
    )


NO_RULES = empty_rules(0, 0, 0)
"""Roads have none."""
