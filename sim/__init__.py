"""Dashcam's simulator. Importing it registers ``dashcam/LaneFollowing-v0`` with Gymnasium."""

import gymnasium

ENV_ID = "dashcam/LaneFollowing-v0"

gymnasium.register(
    id=ENV_ID,
    entry_point="sim.env:LaneFollowingEnv",
    vector_entry_point="sim.vector_env:LaneFollowingVectorEnv",
)
