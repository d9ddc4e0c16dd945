"""The scorecard's formulas against drives that were worked out on paper."""

import dataclasses
import math

import numpy as np
import pytest

from agents.evaluate import drive
from agents.metrics import Recorder, RoadScore, totals
from sim.config import CameraConfig, EnvConfig, RoadsConfig, TaskConfig
from sim.drivers import ConstantSpeedDriver, PurePursuitDriver, RandomDriver
from sim.errors import UserError
from sim.task import COMPLETED
from sim.world import World

TINY = EnvConfig(camera=CameraConfig(width=8, height=8))


def road_score(**values: object) -> RoadScore:
    base = RoadScore(
        road_seed=0, success=True, route_completion=1.0, mean_speed_mps=10.0, lateral_rmse_m=0.1,
        heading_rmse_rad=0.01, departures=0, distance_m=500.0, survival_s=50.0, total_reward=480.0,
    )  # fmt: skip
    return dataclasses.replace(base, **values)  # type: ignore[arg-type]


def test_totals_of_three_roads() -> None:
    rows = [
        road_score(),
        road_score(success=False, departures=2, survival_s=20.0),
        road_score(success=False, departures=1, route_completion=0.4, distance_m=200.0, survival_s=10.0),
    ]
    result = totals(rows)
    assert result.success_rate == pytest.approx(1.0 / 3.0)
    assert result.route_completion == pytest.approx(0.8)
    assert result.departures_per_km == pytest.approx(3.0 / 1.2)
    assert result.survival_s == 20.0, "the median"


def test_departures_without_distance_are_infinitely_many_per_kilometre() -> None:
    assert totals([road_score(departures=1, distance_m=0.0)]).departures_per_km == math.inf
    assert totals([road_score(departures=0, distance_m=0.0)]).departures_per_km == 0.0


def scripted_drive(offsets: list[float]) -> RoadScore:
    """Scores a drive on a straight road that goes through these lateral offsets, 1 m along the lane in each step."""
    config = dataclasses.replace(TINY, roads=RoadsConfig(kind="straight"), task=TaskConfig(start="beginning"))
    world = World(config, num_cars=1)
    world.reset(road_seeds=[0])
    recorder = Recorder(world)
    for step, offset in enumerate(offsets):
        world.telemetry.lateral_offset[0] = offset
        world.telemetry.heading_error[0] = 0.1
        world.telemetry.progress[0] = step + 1.0
        world.telemetry.elapsed_s[0] = 0.1 * (step + 1)
        recorder.observe(np.array([True]))
    world.ended_by[0] = COMPLETED
    return recorder.rows()[0]


def test_a_drive_in_the_lane_is_a_success_with_its_errors() -> None:
    score = scripted_drive([0.3, -0.4, 0.0, 0.5])
    assert score.success
    assert score.departures == 0
    assert score.lateral_rmse_m == pytest.approx(math.sqrt((0.09 + 0.16 + 0.25) / 4.0))
    assert score.heading_rmse_rad == pytest.approx(0.1)
    assert score.mean_speed_mps == pytest.approx(10.0)


def test_each_time_out_of_the_lane_is_one_departure() -> None:
    half = 1.75  # of the straight road's lane of 3.5 m
    assert scripted_drive([0.0, half + 0.1, half + 0.2, 0.0, -half - 0.1, 0.0]).departures == 2
    assert not scripted_drive([0.0, half + 0.1, 0.0]).success, "completed, but not within the lane"
    assert scripted_drive([half - 0.01, -half + 0.01]).departures == 0


def test_drivers_that_need_no_learning_score_as_they_should() -> None:
    seeds = range(1_000_000, 1_000_020)
    pursuit, straight, chance = (
        drive(driver, TINY, seeds).totals for driver in (PurePursuitDriver(), ConstantSpeedDriver(), RandomDriver())
    )
    assert pursuit.success_rate == 1.0
    assert pursuit.lateral_rmse_m < 0.2
    assert pursuit.mean_speed_mps > 9.0
    assert straight.success_rate == chance.success_rate == 0.0
    assert chance.route_completion < straight.route_completion < 0.6


def test_a_road_scores_the_same_alone_as_among_others() -> None:
    together = drive(PurePursuitDriver(), TINY, range(1_000_000, 1_000_005)).roads
    alone = drive(PurePursuitDriver(), TINY, [1_000_003]).roads
    assert together[3] == alone[0]


def test_evaluation_needs_a_road() -> None:
    with pytest.raises(UserError, match="no roads"):
        drive(PurePursuitDriver(), TINY, [])
