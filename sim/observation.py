"""What an agent gets to see and to know, as Gymnasium spaces, observations and ``info``."""

from typing import Any

import numpy as np
from gymnasium import spaces

from sim.config import CONTROL_PERIOD, EnvConfig
from sim.navigator import describe_trips
from sim.network.network import TURNS
from sim.types import COMMAND_DISTANCE, ByteArray, Float32Array
from sim.world import ENDINGS, World

_ENDING_NAMES = np.array(ENDINGS)
_NUMBERS = ("lateral_offset", "heading_error", "speed", "steering_angle", "progress", "x", "y", "heading")


def observation_space(config: EnvConfig) -> spaces.Space[Any]:
    """Space of one car's observation: the frame, or a Dict of "camera" and "state".

    "state" is speed [m/s] and steering angle [rad], float32; in towns also the command as one-hot (follow, left, right,
    straight) and the way to the junction that it is for [m].
    """
    frame = spaces.Box(0, 255, config.camera.observation_shape, np.uint8)
    if config.observation == "camera":
        return frame
    high = greatest_state(config)
    least = np.zeros_like(high)
    least[1] = -high[1]
    return spaces.Dict({"camera": frame, "state": spaces.Box(least, high)})


def greatest_state(config: EnvConfig) -> Float32Array:
    """Greatest numbers that the state of an observation can hold; shape (2,), or (7,) in towns.

    Starts are no faster than the greatest target speed, and the speed controller overshoots it by less than its
    greatest acceleration gains in one control step.
    """
    fastest = config.actions.speed_limit + config.vehicle.acceleration_max * CONTROL_PERIOD
    told = (*(1.0 for _ in TURNS), COMMAND_DISTANCE) if config.roads.kind == "town" else ()
    return np.array([fastest, config.vehicle.steering_max, *told], dtype=np.float32)


def observe(world: World, *, retain: bool = False) -> Any:
    """Observations of all cars: (N, H, W, C x stack) uint8, or a dict that adds "state" (N, 2) float32.

    Args:
        world: Who sees; with ``keep_frames``, its observations belong to the caller.
        retain: See ``World.hand_out``.
    """
    return _with_state(world.hand_out(retain=retain), world)


def peek(world: World) -> Any:
    """The same to look at, not to keep: the next step or reset overwrites it."""
    return _with_state(world.frames, world)


def _with_state(frames: ByteArray, world: World) -> Any:
    return frames if world.config.observation == "camera" else {"camera": frames, "state": world.vehicle_state}


def row_of(observations: Any, car: int) -> Any:
    """One car's observation out of those of all, not copied."""
    if isinstance(observations, dict):
        return {name: values[car] for name, values in observations.items()}
    return observations[car]


def describe(world: World) -> dict[str, Any]:
    """The truth about all cars for ``info``: arrays with N rows, copied; ``reward_terms`` is a dict of such arrays."""
    telemetry = world.copy_telemetry()
    return {
        **{name: getattr(telemetry, name) for name in (*_NUMBERS, "curvature_ahead")},
        "route_length": world.route_length.copy(),
        "lane_width": world.lane_width,
        "road_seed": world.road_seeds.copy(),
        "reward_terms": world.copy_reward_terms(),
        "ended_by": _ENDING_NAMES[world.ended_by],
        **(describe_trips(world.core) if world.in_town else {}),
    }


def describe_one(world: World, car: int) -> dict[str, Any]:
    """The same for a single car, as numbers; ``curvature_ahead`` is (4,) and ``ended_by`` a string."""
    return {
        **{name: getattr(world.telemetry, name).item(car) for name in _NUMBERS},
        "curvature_ahead": world.telemetry.curvature_ahead[car].copy(),
        "route_length": world.route_length.item(car),
        "lane_width": world.lane_width.item(car),
        "road_seed": world.road_seeds.item(car),
        "reward_terms": {name: values.item(car) for name, values in world.reward_terms.items()},
        "ended_by": ENDINGS[world.ended_by[car]],
        **({name: _row(values, car) for name, values in describe_trips(world.core).items()} if world.in_town else {}),
    }


def _row(values: Any, car: int) -> Any:
    """One car's value: a number, a string, an array or a dict of them."""
    if isinstance(values, dict):
        return {name: _row(column, car) for name, column in values.items()}
    return values[car].copy() if values.ndim > 1 else values.item(car)
