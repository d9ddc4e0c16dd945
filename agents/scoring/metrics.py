"""Metrics: the names and formulas of the scorecard. docs/benchmark.md explains each number.

A departure is a stretch of time during which the car's centre is more than half a lane from its lane's centre; leaving
the road ends the drive within one.
"""

import math
from dataclasses import dataclass

import numpy as np

from agents.scoring.comfort import comfort
from agents.scoring.trajectory import Trajectory
from sim.config import CONTROL_PERIOD
from sim.types import FloatArray

KEPT = (0.7, 0.8)  # of the driving score after each infraction: a red light, a stop sign; leaderboard.carla.org
INTERVENTION_OFFSET = 1.0  # m off the lane's centre: PilotNet
INTERVENTION_S = 6.0  # s that a person takes to drive back and hand over again: PilotNet
INTERVENTION_STEPS = round(INTERVENTION_S / CONTROL_PERIOD)
MEANS = (
    "route_completion",
    "driving_score",
    "mean_speed_mps",
    "lateral_rmse_m",
    "heading_rmse_rad",
    "comfort",
    "total_reward",
)
OF_TOWNS = ("red_lights", "stop_signs", "infractions_per_km")  # fields that are 0 on roads
MEDIANS = ("survival_s", "lane_distance_m", "lateral_deviation_m")  # as in the AI Driving Olympics


@dataclass(frozen=True)
class RoadScore:
    """One drive on one road."""

    cell: str
    """Under which conditions of the suite; see ``agents.scoring.suites``."""
    road_seed: int
    ended_by: str
    """See ``sim.task.ENDINGS``."""
    success: bool
    """Completed without a departure or an infraction before the time limit."""
    route_completion: float
    """Distance along the lane / length of the route, 0..1."""
    driving_score: float
    """Route completion x penalty, 0..1; see ``driving_score``."""
    mean_speed_mps: float
    """Distance along the lane / time [m/s]."""
    lateral_rmse_m: float
    """Root mean square of the lateral offset over the drive's steps [m]."""
    heading_rmse_rad: float
    """Root mean square of the heading error over the drive's steps [rad]."""
    lateral_deviation_m: float
    """Mean distance from the lane's centre over the drive's time [m]."""
    departures: int
    """How often the car left its lane."""
    interventions: int
    """How often a person would have taken over; see ``interventions``."""
    autonomy: float
    """Share of the time without a person at the wheel, 0..1; see ``autonomy``."""
    comfort: float
    """Share of stretches of 2 s inside nuPlan's bounds, 0..1; see ``agents.scoring.comfort``."""
    distance_m: float
    """Distance along the lane [m]."""
    lane_distance_m: float
    """Distance along the lane that was driven within it [m]."""
    survival_s: float
    """Time until the drive ended [s]."""
    total_reward: float
    """Sum of the rewards."""
    red_lights: int = 0
    """How many red lights were run."""
    stop_signs: int = 0
    """How many stop signs were run."""


@dataclass(frozen=True)
class Totals:
    """All roads of one driver together."""

    roads: int
    """Number of roads."""
    success_rate: float
    """Share of roads with success."""
    route_completion: float
    """Mean over roads."""
    driving_score: float
    """Mean over roads."""
    mean_speed_mps: float
    """Mean over roads [m/s]."""
    lateral_rmse_m: float
    """Mean over roads [m]."""
    heading_rmse_rad: float
    """Mean over roads [rad]."""
    departures_per_km: float
    """Departures of all roads / distance of all roads [1/km]; infinite if nothing was driven but a lane was left."""
    autonomy: float
    """Of the time of all roads together; see ``autonomy``."""
    comfort: float
    """Mean over roads."""
    survival_s: float
    """Median over roads [s], as in the AI Driving Olympics, and so the next two."""
    lane_distance_m: float
    """Median over roads [m]."""
    lateral_deviation_m: float
    """Median over roads [m]."""
    total_reward: float
    """Mean over roads."""
    infractions_per_km: float = 0.0
    """Red lights and stop signs that were run on all roads / distance of all roads [1/km]; as ``departures_per_km``."""


def score(drive: Trajectory, cell: str = "") -> RoadScore:
    """The scores of one drive, made in the suite's ``cell``."""
    departures = len(drive.departures)
    distance, survival = float(drive.progress[-1]), CONTROL_PERIOD * drive.steps
    taken_over = interventions(drive)
    red_lights, stop_signs = (int(count) for count in drive.infractions[-1])
    return RoadScore(
        cell=cell,
        road_seed=drive.road_seed,
        ended_by=drive.ended_by,
        success=drive.ended_by == "completed" and departures + red_lights + stop_signs == 0,
        route_completion=route_completion(drive),
        driving_score=driving_score(drive),
        mean_speed_mps=distance / survival,
        lateral_rmse_m=_rms(drive.lateral_offset),
        heading_rmse_rad=_rms(drive.heading_error),
        lateral_deviation_m=float(np.abs(drive.lateral_offset).mean()),
        departures=departures,
        interventions=taken_over,
        autonomy=autonomy(taken_over, survival),
        comfort=comfort(drive),
        distance_m=distance,
        lane_distance_m=float(_advances(drive)[~drive.outside].sum()),
        survival_s=survival,
        total_reward=float(drive.reward.sum()),
        red_lights=red_lights,
        stop_signs=stop_signs,
    )


def totals(rows: list[RoadScore]) -> Totals:
    """Sums up the drives of one driver; ``rows`` must not be empty."""
    kilometres = sum(max(row.distance_m, 0.0) for row in rows) / 1000.0
    departures = sum(row.departures for row in rows)
    infractions = sum(row.red_lights + row.stop_signs for row in rows)
    means = {name: float(np.mean([getattr(row, name) for row in rows])) for name in MEANS}
    medians = {name: float(np.median([getattr(row, name) for row in rows])) for name in MEDIANS}
    return Totals(
        roads=len(rows),
        success_rate=float(np.mean([row.success for row in rows])),
        departures_per_km=_per_km(departures, kilometres),
        infractions_per_km=_per_km(infractions, kilometres),
        autonomy=autonomy(sum(row.interventions for row in rows), sum(row.survival_s for row in rows)),
        **means,
        **medians,
    )


def _per_km(count: int, kilometres: float) -> float:
    return count / kilometres if kilometres > 0.0 else (math.inf if count else 0.0)


def route_completion(drive: Trajectory) -> float:
    """Distance along the lane / length of the route, 0..1."""
    return float(np.clip(drive.progress[-1] / drive.route_length, 0.0, 1.0))


def driving_score(drive: Trajectory) -> float:
    """Route completion x penalty, 0..1: the driving score of the CARLA leaderboard.

    There, P = prod_j p_j^n_j over kinds of infractions (1 / (1 + sum_j c_j n_j) since version 2.1), of which towns have
    two: p = 0.7 for a red light and 0.8 for a stop sign. Driving outside the lanes of the route is not counted but
    measured, in all versions alike:
        P = 0.7^red_lights x 0.8^stop_signs x (1 - distance driven outside the lane / distance driven).
    Leaving the road costs what is left of the route, as the drive ends there.
    """
    forward = np.maximum(_advances(drive), 0.0)
    driven = float(forward.sum())
    share = float(forward[drive.outside].sum()) / driven if driven > 0.0 else 0.0
    kept = float(np.prod(np.power(KEPT, drive.infractions[-1])))
    return route_completion(drive) * (1.0 - share) * kept


def interventions(drive: Trajectory) -> int:
    """How often a person would have taken over: when the car is more than 1 m off the lane's centre.

    The simulation continues without one, so the person counts as driving for the next 6 s, and takes over once more if
    the car is too far off after that.
    """
    too_far = np.flatnonzero(np.abs(drive.lateral_offset) > INTERVENTION_OFFSET)
    count, step = 0, 0
    while (following := np.searchsorted(too_far, step)) < len(too_far):
        count, step = count + 1, int(too_far[following]) + INTERVENTION_STEPS
    return count


def autonomy(taken_over: int, elapsed_s: float) -> float:
    """Share of the time without a person at the wheel: 1 - 6 s x interventions / elapsed, not below 0.

    Bojarski et al., "End to End Learning for Self-Driving Cars", arXiv:1604.07316, 2016.
    """
    return max(1.0 - INTERVENTION_S * taken_over / elapsed_s, 0.0)


def _advances(drive: Trajectory) -> FloatArray:
    """Distance along the lane in each step, shape (T,) [m]."""
    return np.diff(drive.progress, prepend=0.0)


def _rms(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(values**2)))
