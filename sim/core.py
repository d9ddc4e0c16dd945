"""The arrays of N cars, as compiled code takes them."""

from typing import Any

import numpy as np

from sim.camera.look import LOOK_DRAWS, LOOK_FIELDS, appearance_parameters
from sim.camera.projection import camera_arrays
from sim.camera.renderer import make_scratch
from sim.config import CameraConfig, EnvConfig
from sim.network.trips import TRIP_DRAWS
from sim.placement import START_DRAWS
from sim.task import INFRACTIONS, reward_terms, task_parameters
from sim.types import CURVATURE_LOOKAHEAD, ByteArray, Core, Episode, Telemetry
from sim.vehicle import vehicle_parameters

DRAWS = 1 + START_DRAWS + LOOK_DRAWS  # numbers from 0 to 1 that an episode takes: for its road, its start and its look


def draws_of(config: EnvConfig) -> int:
    """How many numbers from 0 to 1 an episode takes: in towns, for the trip and for the clock as well."""
    return DRAWS + (TRIP_DRAWS + 1 if config.roads.kind == "town" else 0)


def make_core(config: EnvConfig, num_cars: int, workers: int, places: dict[str, Any]) -> Core:
    """All that compiled code reads and writes in a step of ``num_cars`` cars on so many threads.

    ``places`` are the arrays of a pool, by the names of ``Core``.
    """
    return Core(
        draws=np.zeros((num_cars, draws_of(config))),
        telemetry=_empty_telemetry(num_cars),
        episode=_empty_episode(config, num_cars),
        **places,
        vehicle=vehicle_parameters(config.vehicle),
        task=task_parameters(config),
        appearance=appearance_parameters(config.appearance),
        camera=camera_arrays(config.camera),
        scratch=make_scratch(workers, config.camera.frame_shape),
        history=_empty_history(config.camera, num_cars),
    )


def _empty_telemetry(num_cars: int) -> Telemetry:
    arrays: dict[str, Any] = {name: np.zeros(num_cars) for name in Telemetry._fields}
    arrays["steps"] = np.zeros(num_cars, dtype=np.int64)
    arrays["curvature_ahead"] = np.zeros((num_cars, len(CURVATURE_LOOKAHEAD)))
    return Telemetry(**arrays)


def _empty_history(camera: CameraConfig, num_cars: int) -> ByteArray:
    return np.zeros((num_cars if camera.stack > 1 else 0, camera.stack, *camera.frame_shape), dtype=np.uint8)


def _empty_episode(config: EnvConfig, num_cars: int) -> Episode:
    return Episode(
        rewards=np.zeros(num_cars, dtype=np.float32),
        reward_terms=np.zeros((num_cars, len(reward_terms(config))), dtype=np.float32),
        terminated=np.zeros(num_cars, dtype=np.bool_),
        truncated=np.zeros(num_cars, dtype=np.bool_),
        ended_by=np.zeros(num_cars, dtype=np.int8),
        route_length=np.zeros(num_cars),
        slot=np.zeros(num_cars, dtype=np.int64),
        route=np.zeros(num_cars, dtype=np.int64),
        segment=np.zeros(num_cars, dtype=np.int64),
        clock=np.zeros(num_cars, dtype=np.int64),
        next_stop=np.zeros(num_cars, dtype=np.int64),
        stood=np.zeros(num_cars, dtype=np.bool_),
        idle=np.zeros(num_cars, dtype=np.int64),
        infractions=np.zeros((num_cars, len(INFRACTIONS)), dtype=np.int64),
        looks=np.zeros((num_cars, LOOK_FIELDS), dtype=np.float32),
    )
