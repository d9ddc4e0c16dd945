"""Scores what a person drove in the window, with the same scorecard as everybody else."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agents.drives.drive_log import DriveLog
from agents.drives.drivers import HumanDriver, RecordedFleet
from agents.drives.recording import Recording
from agents.policy import Policy
from agents.scoring.evaluate import PolicyDriver, Scores, drive_suite
from agents.scoring.suites import Suite, in_own_cars, real_suite, seeded_suite
from sim.drivers import Driver, PurePursuitDriver


def human_drives(finished: Sequence[DriveLog]) -> list[Recording]:
    """The drives that a person drove from beginning to end, the last one on each road."""
    own = [log for log in finished if all(item.driver == HumanDriver.name for item in log.controls)]
    return list({log.road_seed: log.recording(HumanDriver.name) for log in own}.values())


def human_suite(drives: Sequence[Recording]) -> Suite:
    """The roads of such drives, as a suite, with the car that was driven and the task that it was driven at."""
    seeds, config = tuple(item.road_seed for item in drives), drives[0].config
    roads = config.roads
    if roads.file is None:
        return in_own_cars(seeded_suite(roads.kind, seeds, radius_min_m=roads.radius_min_m), [config])
    suite = in_own_cars(real_suite([Path(roads.file)], roads.lane), [config])
    return replace(suite, cells=(replace(suite.cells[0], road_seeds=seeds),))


def score_human(drives: list[Recording], policy: Policy) -> list[Scores]:
    """Scores of the person, of the policy and of pure pursuit on the same roads."""
    drivers: list[Driver] = [RecordedFleet(drives), PolicyDriver(policy), PurePursuitDriver()]
    return [drive_suite(driver, policy.config, human_suite(drives)) for driver in drivers]
