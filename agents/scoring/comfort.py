"""Comfort of a drive: the share of its stretches of 2 s that stay inside nuPlan's bounds.

Bounds and derivatives: nuPlan (Karnchanachari et al., "Towards learning-based planning: the nuPlan benchmark for
real-world autonomous driving", ICRA 2024; ``nuplan/planning/metrics`` of nuplan-devkit), where a whole drive passes or
fails. Cutting it into stretches of 2 s: driving smoothness in Bench2Drive (Jia et al., NeurIPS 2024).

A rate of change is the slope of the parabola that fits the samples around a moment best (Savitzky and Golay, "Smoothing
and Differentiation of Data by Simplified Least Squares Procedures", Analytical Chemistry 36, 1964):
    slope(t) = sum_k k value(t + k dt) / (dt sum_k k^2),    k = -m..m
with m = 7 for jerk and m = 2 for yaw acceleration, as nuPlan has it at 10 Hz. The first and last m moments take the
slope of their nearest neighbour. nuPlan also smooths accelerations, which come from logs there and are exact here. Over
so many samples, the jerk of the magnitude cannot be beyond its bound alone; it is one of nuPlan's, and stays.
"""

import numpy as np

from agents.scoring.trajectory import Trajectory
from sim.config import CONTROL_PERIOD
from sim.types import BoolArray, FloatArray

STRETCH_S = 2.0
STRETCH_STEPS = round(STRETCH_S / CONTROL_PERIOD)
LONGITUDINAL_ACCELERATION = (-4.05, 2.40)  # m/s^2
LATERAL_ACCELERATION = 4.89  # m/s^2, to either side, as all that follow
YAW_RATE = 0.95  # rad/s
YAW_ACCELERATION = 1.93  # rad/s^2
LONGITUDINAL_JERK = 4.13  # m/s^3
JERK = 8.37  # m/s^3, of the magnitude of the acceleration
JERK_REACH = 7  # samples to either side
YAW_REACH = 2


def comfort(drive: Trajectory) -> float:
    """Share of the drive's stretches of 2 s that are comfortable throughout, 0..1.

    What is left over at the end is not judged, but a drive of less than 2 s is one stretch.
    """
    comfortable = _comfortable(drive)
    stretches = len(comfortable) // STRETCH_STEPS
    if stretches == 0:
        return float(comfortable.all())
    return float(comfortable[: stretches * STRETCH_STEPS].reshape(stretches, STRETCH_STEPS).all(axis=1).mean())


def slope(values: FloatArray, reach: int) -> FloatArray:
    """Rate of change of ``values`` (T,) per second, shape (T,), from ``reach`` samples to either side.

    A series too short for that is judged from as many as there are.
    """
    reach = min(reach, (len(values) - 1) // 2)
    if reach == 0:
        return np.zeros_like(values)
    weights = np.arange(reach, -reach - 1, -1) / (CONTROL_PERIOD * np.sum(np.arange(-reach, reach + 1) ** 2))
    return np.pad(np.convolve(values, weights, mode="valid"), reach, mode="edge")


def _comfortable(drive: Trajectory) -> BoolArray:
    """Whether each moment is inside all bounds, shape (T,)."""
    lateral = drive.speed * drive.yaw_rate
    low, high = LONGITUDINAL_ACCELERATION
    return np.asarray(
        (drive.acceleration >= low)
        & (drive.acceleration <= high)
        & (np.abs(lateral) <= LATERAL_ACCELERATION)
        & (np.abs(drive.yaw_rate) <= YAW_RATE)
        & (np.abs(slope(drive.yaw_rate, YAW_REACH)) <= YAW_ACCELERATION)
        & (np.abs(slope(drive.acceleration, JERK_REACH)) <= LONGITUDINAL_JERK)
        & (np.abs(slope(np.hypot(drive.acceleration, lateral), JERK_REACH)) <= JERK)
    )
