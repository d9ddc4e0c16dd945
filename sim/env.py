"""One car as a Gymnasium environment: the batched core with N = 1."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, SupportsFloat

import gymnasium as gym
import numpy as np

from sim.actions import ActionDecoder, action_space
from sim.config import CONTROL_PERIOD, CameraConfig, EnvConfig
from sim.defaults import completed
from sim.errors import UserError
from sim.fields import from_fields, quoted, require, whole_number
from sim.observation import describe_one, observation_space, observe, row_of
from sim.trips import Trip
from sim.types import ByteArray, FloatArray
from sim.world import World

if TYPE_CHECKING:
    from sim.viewer import Viewer

MOST_SEED = 2**63 - 1  # of a road
PICTURE = CameraConfig(width=640, height=480)  # what ``render`` shows to people


def env_config(fields: dict[str, Any]) -> EnvConfig:
    """The configuration that keyword arguments of ``gym.make`` describe; defaults go by the roads (``sim.defaults``).

    Raises:
        UserError: unknown field or a value outside its range.
    """
    config = from_fields(EnvConfig, fields)
    return from_fields(EnvConfig, completed(fields, config.roads.kind))


class DrivingEnv(gym.Env[Any, Any]):
    """One car that sees through a forward camera; its tasks are described by ``LaneFollowingEnv`` and ``TownEnv``."""

    metadata = {"render_modes": ["rgb_array", "human"], "render_fps": round(1.0 / CONTROL_PERIOD)}  # noqa: RUF012

    def __init__(self, *, render_mode: Literal["rgb_array", "human"] | None = None, **fields: Any) -> None:
        """Builds the world for one car from the fields of ``EnvConfig``.

        Raises:
            UserError: unknown render mode or field, or a value outside its range.
        """
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise UserError(f"Render mode {render_mode!r} is unknown; choose rgb_array or human.")
        self.config = env_config(fields)
        self.render_mode = render_mode
        self.world = World(self.config, num_cars=1, keep_frames=True)
        self.observation_space = observation_space(self.config)
        self.action_space = action_space(self.config.actions, continuous=self.config.continuous)
        self._decode = ActionDecoder(self.config.actions, continuous=self.config.continuous, num_cars=1)
        self._viewer: Viewer | None = None
        self._started = False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begins an episode; ``options={"road_seed": 7}`` chooses the road or the town, otherwise it is drawn.

        In towns, "start" and "goal" (x, y) [m] choose the trip; the nearest lanes are taken.

        Raises:
            UserError: the seed or the road is not a whole number from 0 on; nothing has changed then.
        """
        roads, seed = chosen_roads(options, 1), None if seed is None else whole_number(seed, "The seed")
        trips = chosen_trips(options, 1, self.world)
        super().reset(seed=seed)
        self.world.set_generator(0, self.np_random)
        self.world.reset(road_seeds=roads, trips=trips)
        self._started = True
        self._show()
        return self._observation(), describe_one(self.world, 0)

    def step(self, action: Any) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        """Drives for one control step of 0.1 s; the observation is the one after it.

        Raises:
            UserError: the action is of the wrong shape or type, NaN or out of range; or there is no running episode.
        """
        if not self._started or self.world.done[0]:
            raise UserError("No episode is running; call reset() before step().")
        self.world.step(self._decode(np.asarray(action)[None], self.world.telemetry.steering_angle))
        self._show()
        world = self.world
        reward, terminated, truncated = world.rewards[0], world.terminated[0], world.truncated[0]
        return self._observation(), float(reward), bool(terminated), bool(truncated), describe_one(world, 0)

    def render(self) -> ByteArray | None:
        """The view through the windscreen, (480, 640, 3) uint8, or None where a window shows it."""
        if self.render_mode is None:
            gym.logger.warn('render() was called without a render_mode; use gym.make(..., render_mode="rgb_array").')
            return None
        return self.world.render(0, PICTURE) if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """Closes the window, if there is one."""
        if self._viewer is not None:
            self._viewer.close()
            self._viewer = None

    def __getstate__(self) -> dict[str, Any]:
        """All but the window: a copy opens its own as soon as it has something to show."""
        return {**self.__dict__, "_viewer": None}

    def _observation(self) -> Any:
        return row_of(observe(self.world), 0)

    def _show(self) -> None:
        if self.render_mode != "human":
            return
        if self._viewer is None:
            from sim.viewer import Viewer  # pygame is loaded only where a window is wanted

            self._viewer = Viewer(PICTURE.width, PICTURE.height)
        self._viewer.show(self.world.render(0, PICTURE))


class LaneFollowingEnv(DrivingEnv):
    """Follow the right-hand lane of a road that you see through a forward camera.

    ## Observation
    ``Box(0, 255, (96, 96, 3), uint8)``: the camera's RGB frame. ``camera={"width": 64, "height": 64, "color": "gray",
    "stack": 2}`` changes size, colour and how many frames are stacked, the newest in the last channels.
    ``observation="camera+state"`` gives ``Dict(camera=<the frame>, state=Box(2,))`` with speed [m/s] and steering
    angle [rad].

    ## Action
    ``Discrete(21)``: index = steering index x 3 + speed index.

    | steering index | 0    | 1    | 2     | 3   | 4    | 5   | 6   |
    |----------------|------|------|-------|-----|------|-----|-----|
    | angle [rad]    | -0.2 | -0.1 | -0.04 | 0.0 | 0.04 | 0.1 | 0.2 |

    | speed index        | 0   | 1   | 2    |
    |--------------------|-----|-----|------|
    | target speed [m/s] | 4.0 | 7.0 | 10.0 |

    Positive angles steer to the left. ``continuous=True`` gives ``Box([-1, 0], [1, 1])``: steering as a share of 0.2
    rad and target speed as a share of 10 m/s. The agent decides at 10 Hz, physics runs at 50 Hz.
    ``actions={"steering": "change", "steering_commands": (-0.04, 0.0, 0.04)}`` makes an action turn the wheels further
    by so much. That is easier to learn, given the car's own state or stacked frames to tell where they point.

    Roads of files turn tightly. There, the defaults are 0.52, 0.2 and 0.06 rad, and 2.5, 6 and 10 m/s.

    ## Reward
    About 1 for a step along the lane's centre at full speed; the terms are listed in ``sim.task`` and reported in
    ``info["reward_terms"]``.

    ## Start
    Anywhere on a road drawn from the training seeds, up to 1 m off the lane's centre and 0.15 rad off its heading,
    at any speed. ``reset(options={"road_seed": 1_000_000})`` chooses the road.

    ## End
    Terminates when the car's centre leaves the paved road. Truncates when the route is completed or the time is up
    (30 s); ``info["ended_by"]`` says which: "off_road", "completed" or "time_limit".

    ## Info
    ``lateral_offset`` [m], ``heading_error`` [rad], ``curvature_ahead`` at 5, 10, 20 and 40 m [1/m], ``speed`` [m/s],
    ``steering_angle`` [rad], ``progress`` and ``route_length`` [m], ``lane_width`` [m], ``road_seed``, ``x``, ``y``
    [m] and ``heading`` [rad] of the rear axle, ``reward_terms``, ``ended_by``.

    ## Arguments
    The fields of ``sim.config.EnvConfig``, as dataclasses or as dicts of their fields.

    ## Version history
    * v0: first version.
    """


def option(options: dict[str, Any] | None, name: str) -> Any:
    """One of the options of ``reset``, None if it is not among them.

    Raises:
        UserError: options are no mapping.
    """
    require(options is None or isinstance(options, Mapping), f"options is {quoted(options)}, but must be a dict")
    return None if options is None else options.get(name)


def chosen_roads(options: dict[str, Any] | None, count: int) -> list[int] | None:
    """Road seeds that ``reset(options=...)`` asks for: one for all cars or one per car; None leaves them to chance.

    Raises:
        UserError: not whole numbers from 0 to 2^63 - 1, or not as many as there are cars.
    """
    asked = option(options, "road_seed")
    if asked is None:
        return None
    asked = _array_of(asked)
    seeds = np.full(count, asked) if asked.ndim == 0 else asked
    if seeds.shape != (count,) or seeds.dtype.kind not in "iu" or seeds.min() < 0 or seeds.max() > MOST_SEED:
        wanted = "a whole number" if count == 1 else f"{count} whole numbers, or one,"
        raise UserError(
            f"options['road_seed'] is {quoted(asked.tolist())}, but must be {wanted} from 0 to {MOST_SEED}."
        )
    return [int(seed) for seed in seeds]


def chosen_trips(options: dict[str, Any] | None, count: int, world: World) -> list[Trip] | None:
    """Trips that ``reset(options=...)`` asks for by "start" and "goal": one for all cars or one per car.

    Raises:
        UserError: only one of the two is given, they are no places [m], they lie off the town's lanes, or no way leads
            from one to the other; or it is not said in which town.
    """
    start, goal = option(options, "start"), option(options, "goal")
    if start is None and goal is None:
        return None
    require(world.in_town, "options['start'] and options['goal'] are for towns; choose roads of the kind town")
    require(start is not None and goal is not None, "options['start'] and options['goal'] must be given together")
    seeds = chosen_roads(options, count) or ([0] * count if world.config.roads.file else None)
    require(seeds is not None, "options['start'] and options['goal'] need options['road_seed'], which names the town")
    starts, goals = _places("start", start, count), _places("goal", goal, count)
    return [world.find_trip(*asked) for asked in zip(seeds or [], starts, goals, strict=True)]


def _places(name: str, asked: Any, count: int) -> FloatArray:
    """Places (count, 2) [m]: one for all cars or one per car."""
    places = _array_of(asked)
    wanted = f"options[{name!r}] must be x and y [m], or {count} rows of them"
    require(places.dtype.kind in "iuf" and places.shape in ((2,), (count, 2)), wanted)
    places = np.broadcast_to(places.astype(np.float64), (count, 2))
    require(bool(np.isfinite(places).all()), f"{wanted}, all finite")
    return places


def _array_of(value: Any) -> Any:
    try:
        return np.asarray(value)
    except ValueError:  # lists of several lengths
        return np.array(repr(value))
