"""A drive to be watched: a driver on one road after another, as a stream of moments."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from agents.evaluate import evaluation_config
from agents.explain import Explainer, Explanation
from agents.policy import Policy
from sim.actions import action_table, to_commands
from sim.config import CameraConfig, EnvConfig, RoadKind
from sim.drivers import ConstantSpeedDriver, Driver, PurePursuitDriver, RandomDriver
from sim.errors import UserError
from sim.roads.road import Road
from sim.types import ByteArray, Float32Array, FloatArray
from sim.world import ENDINGS, World

WINDSCREEN = CameraConfig(width=860, height=500, field_of_view_deg=80.0)
DRIVERS: dict[str, type] = {driver.name: driver for driver in (PurePursuitDriver, ConstantSpeedDriver, RandomDriver)}


@dataclass(frozen=True)
class Moment:
    """What there is to show after one control step."""

    driver: str
    windscreen: ByteArray  # (500, 860, 3)
    windscreen_camera: CameraConfig
    frame: ByteArray  # (H, W, 3 or 1), the newest frame that the network gets
    road: Road
    path: FloatArray  # (steps, 2) m, where the rear axle has been
    heading: float  # rad
    speed: float  # m/s
    target_speed: float  # m/s
    steering_angle: float  # rad
    steering_limit: float  # rad
    speed_limit: float  # m/s
    lateral_offset: float  # m
    heading_error: float  # rad
    progress: float  # m
    route_length: float  # m
    total_reward: float
    elapsed_s: float  # s
    ended_by: str
    q_values: Float32Array | None  # (steering commands, target speeds), None where no policy drives
    action: int | None
    explanation: Explanation | None  # what the policy makes of ``frame``, where that is asked for


_Decision = tuple[Float32Array | None, int | None, float]  # Q-values, action and target speed of the last step


class HumanDriver:
    """Somebody at the keyboard: the window sets ``steering`` (-1 right to 1 left) and ``throttle`` (0 to 1)."""

    name = "human"

    def __init__(self) -> None:
        """Hands off the wheel, feet off the pedals."""
        self.steering = 0.0
        self.throttle = 0.0

    def commands(self, world: World) -> FloatArray:
        """Commands (1, 2); see ``Driver``."""
        limits = world.config.actions
        return np.array([[self.steering * limits.steering_limit, self.throttle * limits.speed_limit]])


class Session:
    """One car on one road at a time; ``step`` moves it and tells what there is to show."""

    def __init__(
        self,
        driver: Driver | Policy,
        config: EnvConfig,
        first_road: int,
        explainer: Explainer | None = None,
        kind: RoadKind = "procedural",
    ) -> None:
        """Puts the driver at the beginning of the road with seed ``first_road``; ``kind`` as in ``evaluation_config``.

        With an ``explainer``, moments can hold what its policy makes of the frames: while ``explaining`` is true.
        """
        self._driver = driver
        self._explainer, self.explaining = explainer, False
        self._windscreen = dataclasses.replace(
            WINDSCREEN,
            mounting_height_m=config.camera.mounting_height_m,
            mounting_forward_m=config.camera.mounting_forward_m,
        )
        self._table = action_table(config.actions)
        self.world = World(evaluation_config(config, kind), num_cars=1)
        self.road_seed = first_road
        self.restart()

    def restart(self) -> None:
        """Back to the beginning of this road."""
        self.world.seed([self.road_seed])  # the day that evaluation drives this road on
        self.world.reset(road_seeds=[self.road_seed])
        self._path: list[tuple[float, float]] = []
        self._decision: _Decision = (None, None, 0.0)
        self._total_reward = 0.0

    def next_road(self, step: int = 1) -> None:
        """On to the next road seed, or back to the one before."""
        self.road_seed = max(self.road_seed + step, 0)
        self.restart()

    @property
    def ended(self) -> bool:
        """Whether the drive is over."""
        return bool(self.world.done[0])

    def step(self) -> Moment:
        """Drives one control step."""
        world = self.world
        q_values, action, commands = self._decide()
        world.step(commands)
        self._decision = (q_values, action, float(commands[0, 1]))
        self._total_reward += float(world.rewards[0])
        self._path.append((float(world.telemetry.x[0]), float(world.telemetry.y[0])))
        return self.look()

    def _decide(self) -> tuple[Float32Array | None, int | None, FloatArray]:
        if not isinstance(self._driver, Policy):
            return None, None, self._driver.commands(self.world)
        q_values = self._driver.q_values(self.world.frames, self.world.vehicle_state)[0]
        action = int(q_values.argmax())
        chosen = self._table[[action]]
        return q_values, action, to_commands(chosen, self.world.telemetry.steering_angle, self.world.config.actions)

    def look(self) -> Moment:
        """What there is to show now, without driving on."""
        q_values, action, target_speed = self._decision
        world, telemetry, actions = self.world, self.world.telemetry, self.world.config.actions
        grid = (len(actions.steering_commands), len(actions.target_speeds))
        return Moment(
            driver=self._driver.name,
            windscreen=world.render(0, self._windscreen),
            windscreen_camera=self._windscreen,
            frame=world.frames[0, :, :, -world.config.camera.channels :].copy(),
            road=world.roads[0],
            path=np.array(self._path),
            heading=float(telemetry.heading[0]),
            speed=float(telemetry.speed[0]),
            target_speed=target_speed,
            steering_angle=float(telemetry.steering_angle[0]),
            steering_limit=actions.steering_limit,
            speed_limit=actions.speed_limit,
            lateral_offset=float(telemetry.lateral_offset[0]),
            heading_error=float(telemetry.heading_error[0]),
            progress=float(telemetry.progress[0]),
            route_length=float(world.route_length[0]),
            total_reward=self._total_reward,
            elapsed_s=float(telemetry.elapsed_s[0]),
            ended_by=ENDINGS[world.ended_by[0]],
            q_values=None if q_values is None else q_values.reshape(grid),
            action=action,
            explanation=self._explain(),
        )

    def _explain(self) -> Explanation | None:
        if self._explainer is None or not self.explaining:
            return None
        return self._explainer.explain(self.world.frames[0], self.world.vehicle_state[0])


def drive_moments(session: Session, seconds: float) -> Iterator[Moment]:
    """Moments of about ``seconds`` of driving, on to the next road whenever one ends."""
    for _ in range(max(round(seconds * 10), 1)):
        if session.ended:
            session.next_road()
        yield session.step()


def make_driver(name: str) -> Driver:
    """A driver that needs no policy, by its name.

    Raises:
        UserError: unknown name.
    """
    if name == HumanDriver.name:
        return HumanDriver()
    if name not in DRIVERS:
        raise UserError(f"Driver {name!r} is unknown; choose one of policy, human, {', '.join(DRIVERS)}.")
    driver: Driver = DRIVERS[name]()
    return driver
