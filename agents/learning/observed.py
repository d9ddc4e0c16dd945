"""What cars observe, in the one form that the learner knows: "camera" and "state"; Gymnasium's border has others."""

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from sim.config import EnvConfig
from sim.observation import greatest_state

Observed = dict[str, NDArray[Any]]
"""Arrays of N cars: "camera" (N, C, H, W), and "state" float32: (N, 2), in towns (N, 7), (N, 0) if not observed."""


def observed_space(config: EnvConfig) -> spaces.Dict:
    """Space of what one car observes."""
    height, width, channels = config.camera.observation_shape
    state = (len(greatest_state(config)) if config.observation == "camera+state" else 0,)
    return spaces.Dict(
        {
            "camera": spaces.Box(0, 255, (channels, height, width), np.uint8),
            "state": spaces.Box(-np.inf, np.inf, state, np.float32),
        }
    )


def row_of(observed: Observed, car: int) -> Observed:
    """A copy of what one of several cars observes."""
    return {name: values[car].copy() for name, values in observed.items()}
