"""Dashcam's simulator. Importing it registers ``dashcam/LaneFollowing-v0`` with Gymnasium."""

import os

import gymnasium

# Threads of GNU OpenMP wait for each other in a busy loop. As long as they do by default, a step takes up to a hundred
# times as long when another program holds a core; as short as this, threads are still awake at the next step.
os.environ.setdefault("GOMP_SPINCOUNT", "5000")

ENV_ID = "dashcam/LaneFollowing-v0"

gymnasium.register(
    id=ENV_ID,
    entry_point="sim.env:LaneFollowingEnv",
    vector_entry_point="sim.vector_env:LaneFollowingVectorEnv",
)
