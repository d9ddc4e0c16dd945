"""Worse cameras and worse cars, to see how much a policy bears: 18 corruptions of five severities each."""

from sim.corruptions.car import Delay
from sim.corruptions.catalog import NAMES, Corruption
from sim.corruptions.scene import SEVERITIES
from sim.corruptions.view import CorruptedView

__all__ = ["NAMES", "SEVERITIES", "CorruptedView", "Corruption", "Delay"]
