"""A replay of the drive in which a number became non-finite."""

import dataclasses
import shlex
from pathlib import Path

import numpy as np

from agents.config import TrainConfig
from agents.drives.drive_log import Control, DriveLog
from agents.drives.recording import save_recording
from agents.learning.dqn import DrivingDQN, driving_network
from agents.learning.errors import NonFiniteError
from agents.learning.vec_env import MOST_STEPS
from agents.policy import Policy
from sim.actions import action_table, to_commands
from sim.errors import UserError
from sim.world import World

FAILURE_REPLAY = "not-finite.replay"


def save_failure_replay(model: DrivingDQN, config: TrainConfig, error: NonFiniteError, out: Path) -> str:
    """Writes the running episode of the car at fault to ``out``; returns a sentence that says how to see it.

    If no car is at fault but the network, it is the car for which the network's values are farthest from 0.
    """
    policy = Policy(driving_network(model.q_net), config.env, config.encoder, config.head, name=out.name)
    car = _farthest(policy, model.cars.world) if error.car is None else error.car
    log = _drive_again(model, policy, car)
    if log is None:
        return f"No replay shows it: the episode {_why_incomplete(int(model.cars.lengths[car]))}."
    try:
        save_recording(log.recording(policy.name), out / FAILURE_REPLAY)
    except UserError as refusal:
        return str(refusal)
    return f"To see the drive of car {car} until then: {shlex.join(['dashcam', 'play', str(out / FAILURE_REPLAY)])}."


def _why_incomplete(steps: int) -> str:
    """Why the log of an episode of so many steps is incomplete."""
    if steps > MOST_STEPS:
        return f"is longer than {MOST_STEPS:,} steps"
    return "began before the checkpoint that the run resumed from"


def _farthest(policy: Policy, world: World) -> int:
    values = np.abs(policy.q_values(world.frames, world.vehicle_state))
    return int(np.nan_to_num(values, nan=np.inf).max(axis=1).argmax())


def _drive_again(model: DrivingDQN, policy: Policy, car: int) -> DriveLog | None:
    """A car's running episode with what the policy thinks of it; None where not all of it is known."""
    cars = model.cars
    actions = cars.action_log.actions(car, int(cars.lengths[car]))
    if actions is None:
        return None
    config = dataclasses.replace(
        cars.config, roads=dataclasses.replace(cars.config.roads, pool_size=1, preload=False)
    )  # one road is all there is to drive
    draws = tuple(cars.world.draws[car].tolist())
    world = World(config, num_cars=1)
    log = DriveLog.start(world, int(cars.world.road_seeds[car]), draws)
    for action in actions.tolist():
        values = policy.q_values(world.frames, world.vehicle_state)[0]
        chosen = action_table(config.actions)[[action]]
        commands = to_commands(chosen, world.telemetry.steering_angle, config.actions)
        log.step(world, Control(policy.name, commands, action, values))
    return log
