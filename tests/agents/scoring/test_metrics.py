"""The scorecard's formulas against drives that were worked out on paper."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from agents.scoring.comfort import comfort, slope
from agents.scoring.evaluate import drive
from agents.scoring.metrics import RoadScore, score, totals
from agents.scoring.trajectory import Trajectory
from sim.config import AppearanceConfig, CameraConfig, EnvConfig
from sim.drivers import ConstantSpeedDriver, PurePursuitDriver, RandomDriver
from sim.errors import UserError

TINY = EnvConfig(camera=CameraConfig(width=8, height=8))


def made(steps: int, **values: Any) -> Trajectory:
    """A drive of ``steps`` x 0.1 s at 10 m/s amid a lane of 3.5 m, on a route of 100 m, but for ``values``."""
    zeros = {field.name: np.zeros(steps) for field in dataclasses.fields(Trajectory)[3:]}
    usual: dict[str, Any] = {
        **zeros,
        "road_seed": 7,
        "route_length": 100.0,
        "ended_by": "completed",
        "lane_width": np.full(steps, 3.5),
        "speed": np.full(steps, 10.0),
        "progress": np.arange(1.0, steps + 1.0),
        "commands": np.zeros((steps, 2)),
        "infractions": np.zeros((steps, 2), dtype=np.int64),
    }
    return Trajectory(**(usual | {name: np.asarray(v) if isinstance(v, list) else v for name, v in values.items()}))


def test_a_drive_in_the_lane_is_a_success_with_its_errors() -> None:
    offsets, errors = [0.3, -0.4, 0.0, 0.5], [0.1, -0.1, 0.1, 0.1]
    result = score(made(4, lateral_offset=offsets, heading_error=errors, reward=[1.0, 0.5, 1.0, 0.25]), cell="clear")
    assert (result.cell, result.road_seed, result.success, result.departures) == ("clear", 7, True, 0)
    assert result.lateral_rmse_m == pytest.approx(math.sqrt((0.09 + 0.16 + 0.0 + 0.25) / 4.0))
    assert result.lateral_deviation_m == pytest.approx((0.3 + 0.4 + 0.0 + 0.5) / 4.0)
    assert result.heading_rmse_rad == pytest.approx(0.1)
    assert result.survival_s == pytest.approx(0.4)
    assert result.mean_speed_mps == pytest.approx(4.0 / 0.4)
    assert result.total_reward == pytest.approx(2.75)


HALF = 1.75  # m, of the lane of 3.5 m


def test_each_time_out_of_the_lane_is_one_departure() -> None:
    assert score(made(6, lateral_offset=[0.0, HALF + 0.1, HALF + 0.2, 0.0, -HALF - 0.1, 0.0])).departures == 2
    assert made(4, lateral_offset=[0.0, 1.6, 1.6, 1.6], lane_width=[3.5, 3.5, 3.0, 3.0]).departures.tolist() == [2]
    assert score(made(2, lateral_offset=[HALF + 0.1, 0.0])).departures == 1, "out from the first step on"
    assert score(made(2, lateral_offset=[HALF - 0.01, -HALF + 0.01])).departures == 0
    assert not score(made(3, lateral_offset=[0.0, HALF + 0.1, 0.0])).success, "completed, but not within the lane"
    assert not score(made(3, ended_by="time_limit")).success


def test_driving_score_is_the_share_of_the_route_that_was_driven_within_the_lane() -> None:
    """60 of 100 m in steps of 10 m, the third and fourth out of the lane: 0.6 x (1 - 20 / 60) = 0.4."""
    offsets = [0.0, 0.0, 2.0, -2.0, 0.0, 0.0]
    result = score(
        made(6, progress=[10.0, 20.0, 30.0, 40.0, 50.0, 60.0], lateral_offset=offsets, ended_by="time_limit")
    )
    assert result.route_completion == pytest.approx(0.6)
    assert result.driving_score == pytest.approx(0.4)
    assert result.lane_distance_m == pytest.approx(40.0)


def test_driving_back_and_forth_earns_no_distance() -> None:
    """10 m on, 10 m back, 20 m on: 20 of 100 m, none of them outside."""
    result = score(made(3, progress=[10.0, 0.0, 20.0], ended_by="time_limit"))
    assert (result.driving_score, result.lane_distance_m, result.distance_m) == pytest.approx((0.2, 20.0, 20.0))
    backwards = score(made(2, progress=[-1.0, -2.0], ended_by="off_road"))
    assert (backwards.route_completion, backwards.driving_score) == (0.0, 0.0)


def test_a_person_takes_over_beyond_one_metre_and_keeps_the_wheel_for_six_seconds() -> None:
    """20 s. More than 1 m off at 1 s, again at 3 s, when a person still drives, and at 15 s: two interventions.

    1 - 6 s x 2 / 20 s = 0.4.
    """
    offsets = np.zeros(200)
    offsets[[10, 30, 150]] = [1.1, -1.5, -1.01]
    result = score(made(200, lateral_offset=offsets))
    assert result.interventions == 2
    assert result.autonomy == pytest.approx(0.4)


def test_a_car_that_stays_off_centre_is_taken_over_again_and_again() -> None:
    """12.1 s beyond 1 m: at 0 s, 6 s and 12 s, so that no time is left without a person: 1 - 18 / 12.1 is below 0."""
    result = score(made(121, lateral_offset=np.full(121, 1.2)))
    assert (result.interventions, result.autonomy) == (3, 0.0)
    assert score(made(121, lateral_offset=np.full(121, 1.0))).interventions == 0


def test_comfort_is_the_share_of_two_second_stretches_within_all_bounds() -> None:
    """5 s: stretches 0-2 s and 2-4 s count, the rest does not. 10 m/s x 0.5 rad/s = 5 > 4.89 m/s^2 fails one.

    The yaw rate comes and goes over 1.5 s, at 0.5 / 1.5 rad/s^2, and so does the jerk, 10 x 0.5 / 1.5 = 3.3 m/s^3.
    """
    yaw_rate = np.interp(np.arange(50), [20, 35, 50], [0.0, 0.5, 0.0])
    assert comfort(made(50, yaw_rate=yaw_rate)) == pytest.approx(0.5)
    assert comfort(made(50, yaw_rate=0.97 * yaw_rate)) == 1.0, "10 x 0.485 = 4.85 m/s^2"


BOUNDS = {
    "acceleration": ({"acceleration": np.full(40, 2.41)}, {"acceleration": np.full(40, 2.39)}),
    "braking": ({"acceleration": np.full(40, -4.06)}, {"acceleration": np.full(40, -4.04)}),
    "yaw rate": (
        {"yaw_rate": np.full(40, 0.96), "speed": np.ones(40)},
        {"yaw_rate": np.full(40, 0.94), "speed": np.ones(40)},
    ),
    # 1.95 (1.91) rad/s^2 for 0.9 s, from -0.8775 to 0.8775 rad/s at walking pace
    "yaw acceleration": (
        {"yaw_rate": np.clip(0.195 * (np.arange(40) - 19.5), -0.8775, 0.8775), "speed": np.full(40, 0.5)},
        {"yaw_rate": np.clip(0.191 * (np.arange(40) - 19.5), -0.8595, 0.8595), "speed": np.full(40, 0.5)},
    ),
    # a ramp of 4.2 (4.1) m/s^3 over all samples of the fit, 15, from -3.6 m/s^2
    "longitudinal jerk": (
        {"acceleration": np.clip(-3.6 + 0.42 * (np.arange(40) - 12), -3.6, 2.3)},
        {"acceleration": np.clip(-3.6 + 0.41 * (np.arange(40) - 12), -3.6, 2.3)},
    ),
}


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_each_bound_of_comfort_counts(name: str) -> None:
    beyond, within = BOUNDS[name]
    assert comfort(made(40, **beyond)) < 1.0
    assert comfort(made(40, **within)) == 1.0


def test_slope_is_that_of_the_best_parabola() -> None:
    """Of 0, 0, 1, 4, 9: (-2 x 0 - 1 x 0 + 0 x 1 + 1 x 4 + 2 x 9) / (10 x 0.1) = 22 per second, also at the ends."""
    assert slope(np.array([0.0, 0.0, 1.0, 4.0, 9.0]), 2) == pytest.approx(np.full(5, 22.0))
    ramp = slope(0.3 * np.arange(40.0), 7)
    assert ramp == pytest.approx(np.full(40, 3.0)), "also where fewer neighbours are left"
    assert slope(np.array([1.0, 2.0]), 7) == pytest.approx([0.0, 0.0]), "too few to tell"


def test_a_short_drive_is_one_stretch() -> None:
    assert comfort(made(1)) == 1.0
    assert comfort(made(19, acceleration=np.full(19, 3.0))) == 0.0


def row(**values: object) -> RoadScore:
    return dataclasses.replace(score(made(100)), **values)  # type: ignore[arg-type]


def test_totals_of_three_roads() -> None:
    rows = [
        row(distance_m=500.0, survival_s=50.0, driving_score=1.0, lane_distance_m=500.0, lateral_deviation_m=0.1),
        row(
            success=False, departures=2, distance_m=500.0, survival_s=20.0, interventions=1, driving_score=0.7,
            lane_distance_m=100.0, lateral_deviation_m=0.9,
        ),
        row(
            success=False, departures=1, route_completion=0.4, distance_m=200.0, survival_s=10.0, interventions=1,
            driving_score=0.1, lane_distance_m=150.0, lateral_deviation_m=0.2, comfort=0.25,
        ),
    ]  # fmt: skip
    result = totals(rows)
    assert result.success_rate == pytest.approx(1.0 / 3.0)
    assert result.route_completion == pytest.approx((1.0 + 1.0 + 0.4) / 3.0)
    assert result.driving_score == pytest.approx((1.0 + 0.7 + 0.1) / 3.0)
    assert result.departures_per_km == pytest.approx(3.0 / 1.2)
    assert result.autonomy == pytest.approx(1.0 - 6.0 * 2.0 / 80.0), "of all the time, not the mean of shares"
    assert result.comfort == pytest.approx((1.0 + 1.0 + 0.25) / 3.0)
    assert (result.survival_s, result.lane_distance_m, result.lateral_deviation_m) == (20.0, 150.0, 0.2), "medians"


def test_departures_without_distance_are_infinitely_many_per_kilometre() -> None:
    assert totals([row(departures=1, distance_m=0.0)]).departures_per_km == math.inf
    assert totals([row(departures=0, distance_m=0.0)]).departures_per_km == 0.0


def test_drivers_that_need_no_learning_score_as_they_should() -> None:
    seeds = range(1_000_000, 1_000_020)
    pursuit, straight, chance = (
        drive(driver, TINY, seeds).totals for driver in (PurePursuitDriver(), ConstantSpeedDriver(), RandomDriver())
    )
    assert pursuit.success_rate == pursuit.driving_score == 1.0
    assert pursuit.autonomy == 1.0
    assert pursuit.lateral_rmse_m < 0.2
    assert pursuit.mean_speed_mps > 9.0
    assert straight.success_rate == chance.success_rate == 0.0
    assert chance.route_completion < straight.route_completion < 0.6
    assert max(chance.autonomy, straight.autonomy) < 0.5
    assert straight.driving_score < straight.route_completion


def test_a_road_scores_the_same_alone_as_among_others_whatever_the_day() -> None:
    config = dataclasses.replace(TINY, appearance=AppearanceConfig(light=1.0, noise=1.0))
    together = drive(PurePursuitDriver(), config, range(1_000_000, 1_000_005)).roads
    alone = drive(PurePursuitDriver(), config, [1_000_003]).roads
    assert together[3] == alone[0]


def test_evaluation_needs_a_road() -> None:
    with pytest.raises(UserError, match="no roads"):
        drive(PurePursuitDriver(), TINY, [])


def test_red_lights_and_stop_signs_cost_what_they_cost_on_the_leaderboard_of_carla() -> None:
    rules = np.array([[0, 0], [0, 1], [1, 1], [1, 2]])
    result = score(made(4, progress=[25.0, 50.0, 75.0, 100.0], infractions=rules))
    assert (result.red_lights, result.stop_signs, result.success) == (1, 2, False)
    assert result.driving_score == pytest.approx(0.7 * 0.8**2)
    clean = score(made(4, progress=[25.0, 50.0, 75.0, 100.0]))
    assert (clean.success, clean.driving_score) == (True, 1.0)
    assert totals([result, clean]).infractions_per_km == pytest.approx(3 / 0.2)
