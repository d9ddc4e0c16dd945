"""Invariants of every step under any settings, checked for all cars at once."""

from typing import Any

import numpy as np

from sim import types
from sim.config import CONTROL_PERIOD
from sim.observation import greatest_state
from sim.task import COMPLETED, END_TOLERANCE, OFF_ROAD, REWARD_TERMS, RUNNING, TIME_LIMIT
from sim.types import BoolArray, ByteArray, FloatArray, Telemetry
from sim.vehicle import GRAVITY
from sim.world import World
from tools.soak.trials import Trial

ROUNDING = 1e-4  # of float32 numbers up to some hundred
WHITE = 255
PHYSICS_S = 0.02  # of which the acceleration is the last
NEAR = 0.05  # m between a car and its place on the road; segments are taken as arcs
LONGEST_STEP = 4.0  # times the way driven; stations pass faster than the car on the inside of a bend


class Violation(Exception):  # noqa: N818  (it is one)
    """An invariant did not hold."""


def require(holds: BoolArray, what: str, *values: Any) -> None:
    """Makes sure that ``what`` holds for all cars; ``values`` are shown of the first that it does not hold for.

    Args:
        holds: (N,) bool.
        what: The invariant.
        values: Arrays with N rows.

    Raises:
        Violation: it does not.
    """
    if not holds.all():
        car = int(np.flatnonzero(~holds)[0])
        shown = ", ".join(str(np.asarray(value)[car]) for value in values)
        raise Violation(f"{what}: car {car}{': ' if shown else ''}{shown} ({(~holds).sum()} cars in all)")


class Checks:
    """Follows the cars of a trial from step to step."""

    def __init__(self, trial: Trial, world: World) -> None:
        """Begins after the first reset of ``world``."""
        self._trial, self._world = trial, world
        self._speed_limit = float(greatest_state(trial.env)[0])
        self._lowest, self._highest = reward_bounds(trial)
        self.ages = np.zeros(world.num_cars, dtype=np.int64)  # steps of each episode, counted here
        self.before = world.copy_telemetry()
        self._roads = world.road_seeds.copy()
        self.check_beginning(np.ones(world.num_cars, dtype=np.bool_))

    def note(self) -> None:
        """Remembers how the cars stand, for the next step."""
        self.before, self._roads = self._world.copy_telemetry(), self._world.road_seeds.copy()

    def check_beginning(self, began: BoolArray) -> None:
        """Cars that ``began`` (N,) an episode stand on one of the configured roads, at time 0."""
        if not began.any():
            return
        world, now, roads = self._world, self._world.telemetry, self._trial.env.roads
        self.ages[began] = 0
        require(finite(now), "the state is finite", now.x, now.y, now.speed)
        fresh = (now.steps == 0) & (now.progress == 0.0) & (now.steering_angle == 0.0) & ~world.done
        require(fresh | ~began, "an episode begins at 0", now.steps, now.progress)
        known = (world.road_seeds >= roads.first_seed) & (world.road_seeds <= roads.last_seed)
        require(known, "roads are those that were asked for", world.road_seeds)
        require(places_fit(world), "place and road coordinates agree at the start", now.station, now.lateral_offset)

    def check_drive(self, drove: BoolArray) -> None:
        """Cars that ``drove`` (N,) went from where they were to where they are as a car can, and time passed."""
        now, before = self._world.telemetry, self.before
        self.ages[drove] += 1
        require(finite(now), "the state is finite", now.x, now.y, now.speed)
        require(self._world.road_seeds[drove] == self._roads[drove], "a car stays on its road within an episode")
        require(now.steps == self.ages, "every step is counted", now.steps, self.ages)
        self._check_car(drove, now, before)
        require(places_fit(self._world) | ~drove, "place and road coordinates agree", now.station, now.lateral_offset)

    def _check_car(self, drove: BoolArray, now: Telemetry, before: Telemetry) -> None:
        vehicle = self._trial.env.vehicle
        turned = np.abs(now.steering_angle - before.steering_angle)
        most_turned = vehicle.steering_rate_max * CONTROL_PERIOD + 1e-9
        require((turned <= most_turned) | ~drove, "the wheels turn no faster than they can", turned)
        require(np.abs(now.steering_angle) <= vehicle.steering_max + 1e-9, "the wheels turn no further than they can")
        require((now.speed >= 0.0) & (now.speed <= self._speed_limit), "speed is within its bounds", now.speed)
        way = np.hypot(now.x - before.x, now.y - before.y)
        fastest = np.maximum(now.speed, before.speed) + vehicle.acceleration_max * CONTROL_PERIOD
        require((way <= CONTROL_PERIOD * fastest + 1e-6) | ~drove, "a car comes no further than it drives", way)
        require(np.abs(now.heading_error) <= np.pi + 1e-9, "a heading error is an angle", now.heading_error)
        advance = np.abs(now.progress - before.progress)
        longest = LONGEST_STEP * CONTROL_PERIOD * fastest + 0.1
        require((advance <= longest) | ~drove, "progress is the way driven", advance, way, now.station, before.station)
        grip = vehicle.friction * GRAVITY
        middle_speed = now.speed - 0.5 * now.acceleration * PHYSICS_S
        lateral = np.abs(now.yaw_rate) * np.abs(middle_speed)
        held = np.hypot(lateral, now.acceleration) <= grip * (1.0 + 1e-6) + 1e-6
        require(held, "tyres hold no more than they can", lateral, now.acceleration)

    def check_pay(self, drove: BoolArray, rewards: FloatArray, terms: FloatArray) -> None:
        """Rewards (N,) are the sums of their terms (N, terms), each within its bounds; who did not drive gets none."""
        require(np.isfinite(rewards), "rewards are finite", rewards)
        for k, name in enumerate(REWARD_TERMS):
            low, high = self._lowest[k] - ROUNDING, self._highest[k] + ROUNDING
            require((terms[:, k] >= low) & (terms[:, k] <= high), f"{name} is within its bounds", terms[:, k])
        require(np.abs(terms.sum(axis=1) - rewards) < ROUNDING, "terms add up to the reward", rewards, terms)
        require((rewards == 0.0) | drove, "who does not drive is not paid", rewards)

    def check_endings(self, terminated: BoolArray, truncated: BoolArray, drove: BoolArray) -> None:
        """Cars that ``drove`` end their episodes for the reason that they name, and the others have none to end."""
        world, now, (geometry, edges) = self._world, self._world.telemetry, on_road(self._world)
        ended_by = world.ended_by
        require((terminated == (ended_by == OFF_ROAD)) | ~drove, "terminated means off the road", ended_by)
        late_or_done = (ended_by == COMPLETED) | (ended_by == TIME_LIMIT)
        require((truncated == late_or_done) | ~drove, "truncated means time or route are up", ended_by)
        d = now.lateral_offset + geometry[:, types.ROUTE_LANE]
        beside = (d < edges[:, types.EDGE_RIGHT]) | (d > edges[:, types.EDGE_LEFT])
        length = geometry[:, types.ROUTE_SEGMENTS] * geometry[:, types.ROUTE_STEP]
        beyond = (now.station < -END_TOLERANCE) | (now.station > length + END_TOLERANCE)
        off_road = beside | (beyond & (geometry[:, types.ROUTE_CLOSED] == 0.0))
        late = now.steps >= self._trial.env.task.time_limit_s / CONTROL_PERIOD - 0.5
        completed = now.progress >= world.route_length
        reasons = np.select([off_road, completed, late], [OFF_ROAD, COMPLETED, TIME_LIMIT], RUNNING)
        require((reasons == ended_by) | ~drove, "an episode ends for its reason", ended_by, d, now.station)
        require(on_map(world) | (ended_by != RUNNING), "cars drive on the map", now.x, now.y)

    def check_state(self, states: FloatArray) -> None:
        """The car's own state (N, 2) lies in its space."""
        high = greatest_state(self._trial.env)
        inside = (states >= high * np.array([0.0, -1.0])) & (states <= high)
        require(inside.all(axis=1), "the state lies in its space", states)

    def check_shape(self, frames: ByteArray) -> None:
        """Frames (N, H, W, C x stack) lie in their space."""
        shape = (self._world.num_cars, *self._trial.env.camera.observation_shape)
        if frames.shape != shape or frames.dtype != np.uint8:
            raise Violation(f"frames lie in their space: {frames.shape} {frames.dtype} in place of {shape} uint8")

    def check_frames(self, frames: ByteArray, *, may_be_white: bool = False) -> int:
        """The newest frame of each car shows something, or is white where it may be; returns how many that were."""
        newest = frames[..., -self._trial.env.camera.channels :].reshape(len(frames), -1)
        darkest = newest.min(axis=1)
        shows = (darkest < newest.max(axis=1)) | (may_be_white & (darkest == WHITE))
        require(shows, "a frame shows something", newest[:, 0])
        return len(frames)


def reward_bounds(trial: Trial) -> tuple[FloatArray, FloatArray]:
    """Least and greatest value of each term, in the order of ``REWARD_TERMS``."""
    task = trial.env.task
    weights = [task.offset_weight, task.heading_weight, task.steering_weight, task.departure_penalty]
    return -np.array([1.0, *weights]), np.array([1.0, 0.0, 0.0, 0.0, 0.0])


def finite(telemetry: Telemetry) -> BoolArray:
    """Whether all is finite that is true of each car, (N,)."""
    *numbers, curvature_ahead = telemetry
    sums = np.sum(numbers, axis=0) + curvature_ahead.sum(axis=1)
    return np.asarray(np.isfinite(sums))


def on_road(world: World) -> tuple[FloatArray, FloatArray]:
    """Geometry (N, GEOMETRY_FIELDS) of each car's road, and its edges (N, EDGE_FIELDS) where the car is."""
    row, segment = world.core.episode.route, world.core.episode.segment
    return world.core.route.geometry[row], world.core.route.edges[row, segment]


def on_map(world: World) -> BoolArray:
    """Whether each car is on its road's map, (N,)."""
    now, ground, slot = world.telemetry, world.core.ground, world.core.episode.slot
    sizes = ground.sizes[slot, :2] * ground.cell_sizes[slot, None]
    places = np.stack([now.x, now.y], axis=1) - ground.origins[slot]
    return np.asarray(((places > 0.0) & (places < sizes)).all(axis=1))


def places_fit(world: World) -> BoolArray:
    """Whether station and lateral offset lead back to each car's centre, (N,): s - s0 = u / (1 - c v), see geometry."""
    now, episode, vehicle = world.telemetry, world.core.episode, world.config.vehicle
    geometry, _ = on_road(world)
    segment = world.core.route.segments[episode.route, episode.segment].astype(np.float64)
    curvature, cosine, sine = (
        segment[:, types.SEGMENT_CURVATURE],
        segment[:, types.SEGMENT_COS],
        segment[:, types.SEGMENT_SIN],
    )
    along = now.station - segment[:, types.SEGMENT_STATION]
    d = now.lateral_offset + geometry[:, types.ROUTE_LANE]
    turned = curvature * along
    u = along * np.sinc(turned / np.pi) - d * np.sin(turned)
    v = 0.5 * along * turned * np.sinc(0.5 * turned / np.pi) ** 2 + d * np.cos(turned)
    x = segment[:, types.SEGMENT_X] + cosine * u - sine * v + geometry[:, types.ROUTE_ORIGIN_X]
    y = segment[:, types.SEGMENT_Y] + sine * u + cosine * v + geometry[:, types.ROUTE_ORIGIN_Y]
    off_x = x - now.x - vehicle.l_r * np.cos(now.heading)
    off_y = y - now.y - vehicle.l_r * np.sin(now.heading)
    near = np.hypot(off_x, off_y) <= NEAR
    return np.asarray(near | (np.abs(along) > 2.0 * geometry[:, types.ROUTE_STEP]))  # beyond the ends arcs do not fit
