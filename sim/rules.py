"""Room for what holds along routes: see ``RouteRules``."""

import numpy as np

from sim.network.signals import PROGRAM_FIELDS
from sim.types import STOP_FIELDS, RouteRules

NO_PROGRAMS = np.zeros((0, 0, PROGRAM_FIELDS), dtype=np.int32)
"""No town, no signals."""


def empty_rules(slots: int, segments: int, stops: int) -> RouteRules:
    """Room for ``slots`` routes of up to so many segments and stop lines."""
    return RouteRules(
        speed_limit=np.zeros((slots, segments), dtype=np.float32),
        allowed_speed=np.zeros((slots, segments), dtype=np.float32),
        command=np.zeros((slots, segments), dtype=np.int8),
        to_junction=np.zeros((slots, segments), dtype=np.float32),
        in_junction=np.zeros((slots, segments), dtype=np.bool_),
        lane=np.zeros((slots, segments), dtype=np.int32),
        stops=np.zeros((slots, stops, STOP_FIELDS)),
        stop_counts=np.zeros(slots, dtype=np.int64),
    )
