"""Dashcam's simulator. Importing it registers ``dashcam/LaneFollowing-v0`` and ``dashcam/Town-v0``."""

import os
import sys

import gymnasium

from sim.machine import allowed_cores, usable_cores

# Threads of GNU OpenMP wait for each other in a busy loop. As long as they do by default, a step takes up to a hundred
# times as long when another program holds a core; as short as this, threads are still awake at the next step.
os.environ.setdefault("GOMP_SPINCOUNT", "5000")

# Numba takes all cores that the process may run on. Where a container has less of their time, it would be put to sleep
# again and again while its threads wait for each other.
if "numba" not in sys.modules and usable_cores() < allowed_cores():
    os.environ.setdefault("NUMBA_NUM_THREADS", str(usable_cores()))

ENV_ID, TOWN_ID = "dashcam/LaneFollowing-v0", "dashcam/Town-v0"

gymnasium.register(
    id=ENV_ID,
    entry_point="sim.env:LaneFollowingEnv",
    vector_entry_point="sim.vector_env:LaneFollowingVectorEnv",
)
gymnasium.register(id=TOWN_ID, entry_point="sim.town_env:TownEnv", vector_entry_point="sim.town_env:TownVectorEnv")
