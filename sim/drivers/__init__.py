"""Drivers that need no learning, to compare with: each turns the world into commands for all cars."""

from sim.drivers.base import Driver
from sim.drivers.constant_speed import ConstantSpeedDriver
from sim.drivers.noisy import NoisyDriver
from sim.drivers.pure_pursuit import PurePursuitDriver
from sim.drivers.random import RandomDriver

__all__ = ["ConstantSpeedDriver", "Driver", "NoisyDriver", "PurePursuitDriver", "RandomDriver"]
