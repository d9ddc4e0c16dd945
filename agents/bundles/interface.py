"""What goes into a policy and what comes out, as the description of its bundle says; numpy alone."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.bundles.bundle import STATE, TOLD, BundleError

MAX_FRAME_SIZE = 4096  # px; this and the next bound what a damaged description can ask for
MAX_CHANNELS = 64
STATES: tuple[list[str], ...] = ([], STATE, [*STATE, *TOLD])
MAX_OBSERVATION_BYTES = 100_000_000  # two RGB frames of the greatest size; as much is read from whoever asks a service


@dataclass(frozen=True)
class Interface:
    """What goes into a policy and what comes out."""

    height: int  # px
    width: int  # px
    channels: int  # of one frame: 3 for RGB, 1 for gray
    stack: int  # successive frames in one observation, the newest in the last channels
    state: list[str]  # columns of the state that the network gets; none where it gets frames alone
    steers_by_change: bool  # whether an action's steering is added to the present angle
    steering_limit: float  # rad, greatest steering angle to either side
    actions: NDArray[np.float64]  # (actions, 2): steering [rad], target speed [m/s]
    control_period: float  # s between decisions
    field_of_view_deg: float  # horizontal, of one frame
    gray_weights: tuple[float, float, float] | None  # of red, green and blue, where a frame is gray

    @property
    def frame_shape(self) -> tuple[int, int, int]:
        """Shape of one frame."""
        return (self.height, self.width, self.channels)

    @property
    def needed_state(self) -> list[str]:
        """Columns of the state that commands depend on."""
        return self.state or (STATE if self.steers_by_change else [])

    @property
    def observation_shape(self) -> tuple[int, int, int]:
        """Shape of the frames of one observation."""
        return (self.height, self.width, self.channels * self.stack)


def parse_interface(description: Mapping[str, Any], path: Path) -> Interface:
    """What the description at ``path`` says of inputs and outputs.

    Raises:
        BundleError: an entry is missing or invalid.
    """
    try:
        frames, actions, steps = description["frames"], description["actions"], description["preprocessing"]
        interface = Interface(
            height=_count(frames["height"], MAX_FRAME_SIZE),
            width=_count(frames["width"], MAX_FRAME_SIZE),
            channels=_count(frames["channels"], MAX_CHANNELS),
            stack=_count(frames["stack"], MAX_CHANNELS),
            state=STATES[STATES.index(description["state"])],
            steers_by_change=["angle", "change"].index(actions["steering"]) == 1,
            steering_limit=_positive(actions["steering_limit_rad"]),
            actions=np.array(actions["table"], dtype=np.float64),
            control_period=_positive(description["control_period_s"]),
            field_of_view_deg=_positive(steps["crop"]["field_of_view_deg"], below=180.0),
            gray_weights=None if steps["gray"] is None else _shares(steps["gray"]),
        )
        if interface.actions.ndim != 2 or interface.actions.shape[1] != 2 or not np.isfinite(interface.actions).all():
            raise ValueError("actions")
        if math.prod(interface.observation_shape) > MAX_OBSERVATION_BYTES:
            raise ValueError("too many pixels")
        size = {"height": interface.height, "width": interface.width}
        if (steps["resize"], steps["stack"]) != (size, interface.stack):
            raise ValueError("preprocessing and frames differ")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BundleError(f"{path} does not describe a policy of this version ({error!r:.80}).") from error
    return interface


def _count(value: object, greatest: int) -> int:
    if type(value) is not int or not 1 <= value <= greatest:
        raise ValueError(value)
    return value


def _positive(value: float, below: float = math.inf) -> float:
    if not 0.0 < value < below:
        raise ValueError(value)
    return float(value)


def _shares(weights: Sequence[float]) -> tuple[float, float, float]:
    red, green, blue = (float(weight) for weight in weights)
    if min(red, green, blue) < 0.0 or not math.isclose(red + green + blue, 1.0):
        raise ValueError(weights)
    return red, green, blue
