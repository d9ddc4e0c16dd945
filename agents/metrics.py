"""How well a car drove a road: the names and formulas of the scorecard.

A departure is a stretch of time during which the car's centre is more than half a lane from its lane's centre; leaving
the road ends the drive within one.
"""

from dataclasses import dataclass, fields

import numpy as np

from sim.task import COMPLETED
from sim.types import BoolArray, FloatArray
from sim.world import World


@dataclass(frozen=True)
class RoadScore:
    """One drive on one road."""

    road_seed: int
    success: bool
    """Completed without a departure before the time limit."""
    route_completion: float
    """Distance along the lane / length of the route, 0..1."""
    mean_speed_mps: float
    """Distance along the lane / time [m/s]."""
    lateral_rmse_m: float
    """Root mean square of the lateral offset over the drive's steps [m]."""
    heading_rmse_rad: float
    """Root mean square of the heading error over the drive's steps [rad]."""
    departures: int
    """How often the car left its lane."""
    distance_m: float
    """Distance along the lane [m]."""
    survival_s: float
    """Time until the drive ended [s]."""
    total_reward: float
    """Sum of the rewards."""


@dataclass(frozen=True)
class Totals:
    """All roads of one driver together."""

    roads: int
    """Number of roads."""
    success_rate: float
    """Share of roads with success."""
    route_completion: float
    """Mean over roads."""
    mean_speed_mps: float
    """Mean over roads [m/s]."""
    lateral_rmse_m: float
    """Mean over roads [m]."""
    heading_rmse_rad: float
    """Mean over roads [rad]."""
    departures_per_km: float
    """Departures of all roads / distance of all roads [1/km]; infinite if nothing was driven but a lane was left."""
    survival_s: float
    """Median over roads, as in the AI Driving Olympics [s]."""
    total_reward: float
    """Mean over roads."""


def totals(rows: list[RoadScore]) -> Totals:
    """Sums up the drives of one driver; ``rows`` must not be empty."""
    mean = {
        spec.name: float(np.mean([getattr(row, spec.name) for row in rows]))
        for spec in fields(RoadScore)
        if spec.name in {item.name for item in fields(Totals)}
    }
    kilometres = sum(max(row.distance_m, 0.0) for row in rows) / 1000.0
    departures = sum(row.departures for row in rows)
    mean["survival_s"] = float(np.median([row.survival_s for row in rows]))
    return Totals(
        roads=len(rows),
        success_rate=float(np.mean([row.success for row in rows])),
        departures_per_km=departures / kilometres if kilometres > 0.0 else (float("inf") if departures else 0.0),
        **mean,
    )


class Recorder:
    """Watches a world from reset to the end of every drive; nothing in it runs per car until the rows are made."""

    def __init__(self, world: World) -> None:
        """Starts with a world that was just reset."""
        self._world = world
        count = world.num_cars
        self._steps = np.zeros(count)
        self._offset_squares = np.zeros(count)
        self._heading_squares = np.zeros(count)
        self._rewards = np.zeros(count)
        self._departures = np.zeros(count, dtype=np.int64)
        self._outside: BoolArray = self._is_outside()

    def observe(self, running: BoolArray) -> None:
        """Takes in the step that was just made by the cars that were ``running`` (N,) before it."""
        telemetry = self._world.telemetry
        self._steps += running
        self._offset_squares += running * telemetry.lateral_offset**2
        self._heading_squares += running * telemetry.heading_error**2
        self._rewards += running * self._world.rewards
        outside = self._is_outside()
        self._departures += running & outside & ~self._outside
        self._outside = outside

    def rows(self) -> list[RoadScore]:
        """A score for each car's drive."""
        world, telemetry = self._world, self._world.telemetry
        steps = np.maximum(self._steps, 1.0)
        success = (world.ended_by == COMPLETED) & (self._departures == 0)
        completion = np.clip(telemetry.progress / world.route_length, 0.0, 1.0)
        elapsed = np.maximum(telemetry.elapsed_s, 1e-9)
        return [
            RoadScore(
                road_seed=int(world.road_seeds[car]),
                success=bool(success[car]),
                route_completion=float(completion[car]),
                mean_speed_mps=float(telemetry.progress[car] / elapsed[car]),
                lateral_rmse_m=float(np.sqrt(self._offset_squares[car] / steps[car])),
                heading_rmse_rad=float(np.sqrt(self._heading_squares[car] / steps[car])),
                departures=int(self._departures[car]),
                distance_m=float(telemetry.progress[car]),
                survival_s=float(telemetry.elapsed_s[car]),
                total_reward=float(self._rewards[car]),
            )
            for car in range(world.num_cars)
        ]

    def _is_outside(self) -> BoolArray:
        offset: FloatArray = np.abs(self._world.telemetry.lateral_offset)
        return np.asarray(offset > 0.5 * self._world.lane_width)
