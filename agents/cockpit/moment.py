"""A moment: everything that there is to draw after one control step, as plain data."""

import dataclasses
from dataclasses import dataclass

import numpy as np

from agents.explaining.explain import Explainer, Explanation
from sim.config import EnvConfig
from sim.roads.road import Road
from sim.task import REWARD_TERMS
from sim.types import ByteArray, Float32Array, FloatArray

# Columns of a trail: position [m], lateral offset [m], heading error [rad], terms of the reward, the greatest Q-value,
# and what the policy's features say of offset and heading error. What is not known is NaN.
X, Y, OFFSET, HEADING = range(4)
FIRST_TERM = 4
GREATEST_Q = FIRST_TERM + len(REWARD_TERMS)
ESTIMATED_OFFSET, ESTIMATED_HEADING = GREATEST_Q + 1, GREATEST_Q + 2
TRAIL_COLUMNS = ESTIMATED_HEADING + 1

_SMOOTH = (
    "x",
    "y",
    "heading",
    "speed",
    "steering_angle",
    "yaw_rate",
    "acceleration",
    "lateral_offset",
    "progress",
    "elapsed_s",
)


@dataclass(frozen=True)
class Moment:
    """What there is to show of one car after one control step."""

    driver: str  # who was to drive
    at_wheel: str  # who drove; another one if somebody took over
    config: EnvConfig
    road: Road
    look: Float32Array  # (LOOK_FIELDS,) of the episode, see sim.camera.look
    step: int  # control steps since the start of the drive
    x: float  # m, rear axle
    y: float  # m
    heading: float  # rad, not wrapped
    speed: float  # m/s
    target_speed: float  # m/s
    steering_angle: float  # rad
    acceleration: float  # m/s^2
    yaw_rate: float  # rad/s
    lateral_offset: float  # m
    lane_width: float  # m, here
    heading_error: float  # rad
    station: float  # m on the centreline
    progress: float  # m
    route_length: float  # m
    total_reward: float
    elapsed_s: float  # s
    ended_by: str
    frames: ByteArray  # (H, W, C x stack), what the network gets, the newest frame last
    q_values: Float32Array | None  # (steering commands, target speeds), None where no policy looks on
    action: int | None  # index into the action table, None where no policy drove
    lane: dict[str, float] | None  # the lane as the policy's features describe it, by the names of labels.TARGETS
    explanation: Explanation | None  # what the policy looks at, where that is asked for
    trail: Float32Array  # (step, TRAIL_COLUMNS): the drive so far, a row after each step

    @property
    def frame(self) -> ByteArray:
        """The newest frame that the network gets, (H, W, 3 or 1)."""
        return self.frames[..., -self.config.camera.channels :]

    @property
    def path(self) -> FloatArray:
        """Where the rear axle has been, (step, 2) [m]."""
        return np.asarray(self.trail[:, [X, Y]], dtype=np.float64)


Beat = tuple[Moment, ...]  # the moments of all cars that are watched at the same time


def explained(moment: Moment, explainer: Explainer) -> Moment:
    """The moment, a car on a control step, with what a policy looks at in it."""
    state = np.array([moment.speed, moment.steering_angle], dtype=np.float32)
    return dataclasses.replace(moment, explanation=explainer.explain(moment.frames, state))


def follows(before: Moment, after: Moment) -> bool:
    """Whether ``after`` is one control step later in the same drive."""
    return after.step == before.step + 1 and after.road.seed == before.road.seed


def mix(before: Moment, after: Moment, share: float) -> Moment:
    """Between two control steps: ``after``, with the car ``share`` (0..1) of the way from ``before`` to it."""
    if share >= 1.0 or not follows(before, after):
        return after
    between = {name: (1.0 - share) * getattr(before, name) + share * getattr(after, name) for name in _SMOOTH}
    return dataclasses.replace(after, **between)


def mix_beats(before: Beat, after: Beat, share: float) -> Beat:
    """The same for all cars."""
    return tuple(mix(old, new, share) for old, new in zip(before, after, strict=True))
