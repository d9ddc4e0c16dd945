"""The state of every car in a world as named arrays, and a world that goes on from them.

An episode is its road's seed and the numbers that were drawn for it; what follows from them (the road, where the drive
ends, how the day looks) is made anew. Compiled code trusts its arrays, so numbers from outside are checked first.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import UserError
from sim.step import begin
from sim.types import ROAD_SEGMENTS
from sim.world import ENDINGS, World

Arrays = dict[str, NDArray[Any]]

_EPISODE = ("rewards", "reward_terms", "terminated", "truncated", "ended_by", "segment")  # the rest is made anew
_FARTHEST = 1e9  # m and all other units; no car comes near it


def car_arrays(world: World) -> Arrays:
    """Live arrays of all that the next step depends on but for the generators, each with a row per car."""
    telemetry, episode = world.telemetry, world.core.episode
    return {
        "road_seeds": world.road_seeds,
        "draws": world.core.draws,
        "frames": world.frames,
        **{f"telemetry.{name}": getattr(telemetry, name) for name in telemetry._fields},
        **{f"episode.{name}": getattr(episode, name) for name in _EPISODE},
    }


def put_cars(world: World, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Puts every car where ``car_arrays`` had it; each car's generator draws once.

    Args:
        world: A world of the same configuration that handed out no frames yet.
        arrays: All of ``car_arrays``, in their shapes and dtypes.

    Raises:
        UserError: a number cannot be.
    """
    _require_sound(world, arrays)
    world.reset(road_seeds=arrays["road_seeds"].tolist())
    world.core.draws[:] = arrays["draws"]
    begin(np.arange(world.num_cars), world.core, world.frames)
    segments = world.core.roads.geometry[world.core.episode.slot, ROAD_SEGMENTS]
    _require(bool((arrays["episode.segment"] < segments).all()), "episode.segment")
    for name, live in car_arrays(world).items():
        live[...] = arrays[name]


def _require_sound(world: World, arrays: Mapping[str, NDArray[Any]]) -> None:
    roads, seeds, draws = world.config.roads, arrays["road_seeds"], arrays["draws"]
    _require(bool(((seeds >= roads.first_seed) & (seeds <= roads.last_seed)).all()), "road_seeds")
    _require(bool(((draws >= 0.0) & (draws <= 1.0)).all()), "draws")
    _require(bool((arrays["episode.segment"] >= 0).all()), "episode.segment")
    ended_by = arrays["episode.ended_by"]
    _require(bool(((ended_by >= 0) & (ended_by < len(ENDINGS))).all()), "episode.ended_by")
    for name, values in arrays.items():
        if values.dtype.kind == "f":
            _require(bool((np.abs(values) <= _FARTHEST).all()), name)  # false for NaN, too


def _require(condition: bool, name: str) -> None:
    if not condition:
        raise UserError(f"The state of the cars cannot be: {name} holds numbers out of their range.")
