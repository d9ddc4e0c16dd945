"""Scores what a person drove in the window, with the same scorecard as everybody else."""

from collections.abc import Sequence
from dataclasses import replace

from agents.drive_log import DriveLog
from agents.drivers import HumanDriver, RecordedFleet
from agents.evaluate import PolicyDriver, Scores, drive
from agents.policy import Policy
from agents.recording import Recording
from sim.drivers import Driver, PurePursuitDriver


def human_drives(finished: Sequence[DriveLog]) -> list[Recording]:
    """The drives that a person drove from beginning to end, the last one on each road."""
    own = [log for log in finished if all(item.at_wheel == HumanDriver.name for item in log.decisions)]
    return list({log.road_seed: log.recording(HumanDriver.name) for log in own}.values())


def score_human(drives: list[Recording], policy: Policy) -> list[Scores]:
    """Scores of the person, of the policy and of pure pursuit on the same roads."""
    seeds, roads = [item.road_seed for item in drives], drives[0].config.roads
    drivers: list[Driver] = [RecordedFleet(drives), PolicyDriver(policy), PurePursuitDriver()]
    config = replace(policy.config, roads=roads)
    return [drive(driver, config, seeds, roads.kind) for driver in drivers]
