"""Nothing happens in a long drive that cannot be, whatever the settings, and what cannot be would be found."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from sim.config import AppearanceConfig, CameraConfig, EnvConfig
from sim.corruptions import NAMES
from sim.world import World
from tests.support import EXAMPLE_MAP
from tools.roads.writer import write_ellipse
from tools.soak import drive as soak
from tools.soak.checks import Checks, Violation
from tools.soak.trials import FIRST_LAP, SECOND_LAP, SIZES, Trial, Trials

SHORT_STEPS = 10


@pytest.fixture
def trials(tmp_path: Path) -> list[Trial]:
    """The first lap and some more."""
    drawn = Trials(0, write_ellipse(tmp_path / "circuit.csv"), EXAMPLE_MAP)
    return [drawn.draw() for _ in range(SECOND_LAP + 12)]


def shortened(trial: Trial) -> Trial:
    """The same with fewer cars, roads and steps."""
    roads = trial.env.roads
    few = dataclasses.replace(roads, last_seed=min(roads.last_seed, roads.first_seed + 3))
    env = dataclasses.replace(trial.env, roads=few)
    return dataclasses.replace(trial, env=env, cars=min(trial.cars, 24), steps=SHORT_STEPS)


def test_a_short_drive_with_all_kinds_of_settings_violates_nothing(trials: list[Trial]) -> None:
    found = soak.Soak()
    for trial in trials:
        soak.drive_trial(shortened(trial), 0, found)
    assert found.car_steps > 3_000
    assert {"off_road", "time_limit"} <= set(found.endings)


def test_trials_go_through_every_corruption_and_autoreset_mode_and_start_alike(trials: list[Trial]) -> None:
    assert {trial.corruption.name for trial in trials[:FIRST_LAP] if trial.corruption} == set(NAMES)
    assert {trial.autoreset for trial in trials} == set(AutoresetMode)
    assert {trial.env.camera.color for trial in trials} == {"rgb", "gray"}
    assert len({trial.cars for trial in trials}) > len(SIZES)


ONE = EnvConfig(camera=CameraConfig(width=16, height=16, color="gray"), appearance=AppearanceConfig(light=1.0))
TRIAL = Trial(0, ONE, 3, 5, AutoresetMode.DISABLED, copy=True, driving="random", threads=1, corruption=None)
ALL = np.ones(3, dtype=np.bool_)


def jump(world: World, checks: Checks) -> None:
    world.telemetry.x[1] += 3.0
    checks.check_drive(ALL)


def lose_place(world: World, checks: Checks) -> None:
    world.telemetry.lateral_offset[1] += 0.2
    checks.check_drive(ALL)


def become_nan(world: World, checks: Checks) -> None:
    world.telemetry.curvature_ahead[1, 2] = np.nan
    checks.check_drive(ALL)


def stop_the_clock(world: World, checks: Checks) -> None:
    world.telemetry.steps[1] -= 1
    checks.check_drive(ALL)


def pay_too_much(world: World, checks: Checks) -> None:
    checks.check_pay(
        ALL, np.array([0.5, 2.0, 0.5]), np.array([[0.5, 0, 0, 0, 0], [2.0, 0, 0, 0, 0], [0.5, 0, 0, 0, 0]])
    )


def end_for_no_reason(world: World, checks: Checks) -> None:
    world.core.episode.ended_by[1] = 2
    checks.check_endings(world.terminated, np.array([False, True, False]), ALL)


def show_nothing(world: World, checks: Checks) -> None:
    world.frames[1] = 7
    checks.check_frames(world.frames)


BREAKS: dict[Callable[[World, Checks], None], str] = {
    jump: "a car comes no further than it drives: car 1",
    lose_place: "place and road coordinates agree: car 1",
    become_nan: "the state is finite: car 1",
    stop_the_clock: "every step is counted: car 1",
    pay_too_much: "progress is within its bounds: car 1: 2.0",
    end_for_no_reason: "an episode ends for its reason: car 1",
    show_nothing: "a frame shows something: car 1: 7",
}


@pytest.mark.parametrize("break_something", BREAKS, ids=lambda item: item.__name__)
def test_what_cannot_be_is_found(break_something: Callable[[World, Checks], None]) -> None:
    world = World(ONE, 3)
    world.seed([0, 1, 2])
    world.reset()
    checks = Checks(TRIAL, world)
    world.step(np.tile([0.0, 5.0], (3, 1)))
    with pytest.raises(Violation, match=BREAKS[break_something]):
        break_something(world, checks)


def test_a_violation_names_the_trial_and_its_settings_and_the_soak_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A tighter bound than the truth: cars that brake with more than a thousandth of the tyres' grip."""
    monkeypatch.setattr("tools.soak.checks.GRAVITY", 0.001)
    found = soak.soak(seed=3, car_steps=10, road_map=EXAMPLE_MAP, only=2)
    assert not found.sound
    said = capsys.readouterr().out
    assert "VIOLATION: seed 3, trial 2, step 1: tyres hold no more than they can" in said
    assert '"env": {"camera": {"width":' in said
