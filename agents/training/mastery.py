"""Mastery: the policy stays in its lane, and it does not creep."""

import dataclasses
from collections.abc import Sequence

from agents.scoring.evaluate import BLIND, drive
from agents.scoring.metrics import Totals
from sim.config import EnvConfig
from sim.drivers import PurePursuitDriver, RuleBasedDriver

MASTERY_SUCCESS = 0.95  # share of unseen roads completed without leaving the lane
MASTERY_SPEED = 0.8  # share of the mean speed of a driver who knows the roads, pure pursuit or rule-based


def pursuit_speed(config: EnvConfig, road_seeds: Sequence[int]) -> float:
    """Mean speed [m/s] of the driver who knows these roads: pure pursuit, or in towns the rule-based one."""
    driver = RuleBasedDriver() if config.roads.kind == "town" else PurePursuitDriver()
    return drive(driver, dataclasses.replace(config, camera=BLIND), road_seeds).totals.mean_speed_mps


def is_mastery(totals: Totals, pursuit_mps: float) -> bool:
    """Whether success and speed suffice; ``pursuit_mps`` is that of ``pursuit_speed`` on the same roads."""
    return totals.success_rate >= MASTERY_SUCCESS and totals.mean_speed_mps >= MASTERY_SPEED * pursuit_mps
