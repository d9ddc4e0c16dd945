"""Trajectories: the state of the car after each control step, for scores, maps and the worst moments."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.types import BoolArray, FloatArray, IntArray, Telemetry
from sim.world import ENDINGS, World


@dataclass(frozen=True)
class Trajectory:
    """One drive on one road. Arrays have shape (T,) and dtype float64: a value after each of T >= 1 control steps."""

    road_seed: int
    route_length: float  # m along the lane
    ended_by: str  # see sim.task.ENDINGS
    x: FloatArray  # m, rear axle, world
    y: FloatArray  # m
    heading: FloatArray  # rad, not wrapped
    lane_width: FloatArray  # m, where the car is
    lateral_offset: FloatArray  # m, the car's centre from its lane's centre, positive to the left
    heading_error: FloatArray  # rad, in (-pi, pi]
    speed: FloatArray  # m/s
    steering_angle: FloatArray  # rad
    acceleration: FloatArray  # m/s^2, longitudinal
    yaw_rate: FloatArray  # rad/s
    progress: FloatArray  # m along the lane since the start
    reward: FloatArray
    commands: FloatArray  # (T, 2): steering angle [rad] and target speed [m/s] that were asked for
    infractions: IntArray  # (T, 2): red lights and stop signs that were run so far, as sim.task.INFRACTIONS

    @property
    def steps(self) -> int:
        """Number of control steps, T."""
        return len(self.x)

    @property
    def outside(self) -> BoolArray:
        """Whether the car was out of its lane: its centre more than half a lane from the lane's centre; shape (T,)."""
        return np.asarray(np.abs(self.lateral_offset) > 0.5 * self.lane_width)

    @property
    def broke_rules(self) -> IntArray:
        """The steps in which the car ran a red light or a stop sign, shape (K,)."""
        return np.flatnonzero(np.diff(self.infractions.sum(axis=1), prepend=0))

    @property
    def departures(self) -> IntArray:
        """The steps in which the car left its lane, shape (K,); it began within it."""
        return np.flatnonzero(self.outside & ~np.concatenate([[False], self.outside[:-1]]))


_COPIED = [name for name in Telemetry._fields if name in Trajectory.__dataclass_fields__]


class Recorder:
    """Watches a world from reset to the end of every drive; nothing in it runs per car until the drives are made."""

    def __init__(self, world: World) -> None:
        """Starts with a world that was just reset."""
        self._world = world
        self._steps: IntArray = np.zeros(world.num_cars, dtype=np.int64)
        self._rows: list[dict[str, NDArray[Any]]] = []  # what each step was like, by the fields of ``Trajectory``

    def observe(self, commands: FloatArray, running: BoolArray) -> None:
        """Takes in the step that was just made with ``commands`` (N, 2) by the cars ``running`` (N,) before it."""
        self._steps += running
        world, now = self._world, self._world.copy_telemetry()
        self._rows.append(
            {
                **{name: getattr(now, name) for name in _COPIED},
                "reward": world.rewards.astype(np.float64),
                "commands": commands.copy(),
                "infractions": world.core.episode.infractions.copy(),
                "lane_width": world.lane_width,
            }
        )

    def trajectories(self) -> list[Trajectory]:
        """Each car's drive."""
        world = self._world
        columns = {name: np.stack([row[name] for row in self._rows]) for name in self._rows[0]}
        return [
            Trajectory(
                road_seed=int(world.road_seeds[car]),
                route_length=float(world.route_length[car]),
                ended_by=ENDINGS[world.ended_by[car]],
                **{name: values[: self._steps[car], car].copy() for name, values in columns.items()},
            )
            for car in range(world.num_cars)
        ]
