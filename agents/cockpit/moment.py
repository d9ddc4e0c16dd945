"""A moment: everything that there is to draw after one control step, as plain data."""

import dataclasses
from dataclasses import dataclass

import numpy as np

from agents.cockpit.guide import Guide
from agents.cockpit.trail import X, Y
from agents.drives.drive_log import Control, DriveLog
from agents.explaining.explain import Explainer, Explanation
from agents.words import place_noun
from sim.config import CONTROL_PERIOD, EnvConfig
from sim.roads.road import Road
from sim.task import ENDINGS
from sim.town.any_town import AnyTown
from sim.types import ByteArray, Float32Array, FloatArray, Telemetry
from sim.world import World


@dataclass(frozen=True)
class Moment:
    """What there is to show of one car after one control step."""

    driver: str  # who was to drive
    active_driver: str  # who drove; a person who took over, for example
    config: EnvConfig
    place: Road | AnyTown
    road_seed: int  # of the road or the town
    guide: Guide | None  # what the car is told in a town, None on a road
    look: Float32Array  # (LOOK_FIELDS,) of the episode, see sim.camera.look
    step: int  # control steps since the start of the drive
    x: float  # m, rear axle
    y: float  # m
    heading: float  # rad, not wrapped
    speed: float  # m/s
    target_speed: float  # m/s
    steering_angle: float  # rad
    acceleration: float  # m/s^2
    yaw_rate: float  # rad/s
    lateral_offset: float  # m
    lane_width: float  # m, here
    heading_error: float  # rad
    station: float  # m on the centreline
    progress: float  # m
    route_length: float  # m
    elapsed_s: float  # s
    ended_by: str
    frames: ByteArray  # (H, W, C x stack), what the network gets, the newest frame last
    q_values: Float32Array | None  # (steering commands, target speeds), None without a policy
    action: int | None  # index into the action table, None where no policy drove
    lane: dict[str, float] | None  # the lane as the policy's features describe it, by the names of labels.TARGETS
    explanation: Explanation | None  # what the policy looks at, where that is asked for
    trail: Float32Array  # (step, trail.COLUMNS): the drive so far, a row after each step

    @property
    def frame(self) -> ByteArray:
        """The newest frame that the network gets, (H, W, 3 or 1)."""
        return self.frames[..., -self.config.camera.channels :]

    @property
    def place_name(self) -> str:
        """The road or the town, such as "road 1000000"."""
        return f"{place_noun(self.config.roads)} {self.road_seed}"

    @property
    def path(self) -> FloatArray:
        """Where the rear axle has been, (step, 2) [m]."""
        return np.asarray(self.trail[:, [X, Y]], dtype=np.float64)


_TELEMETRY = [name for name in Telemetry._fields if name in Moment.__dataclass_fields__]
_SMOOTH = [name for name in _TELEMETRY if name not in ("heading_error", "station")]  # which jump where they wrap round

Tick = tuple[Moment, ...]  # the moments of all cars that are watched, at the same time


def moment_of(
    world: World,
    log: DriveLog,
    drivers: tuple[str, str],
    trail: Float32Array,
    lane: dict[str, float] | None,
    guide: Guide | None,
) -> Moment:
    """The present moment of a world of one car.

    Its drive so far is in ``log`` and the rows of ``trail``; ``drivers`` are who was to drive and who drives now, and
    ``lane`` is the lane as a policy's features describe it now, and ``guide`` is what the car is told in a town.
    """
    telemetry, config = world.telemetry, world.config
    place = world.town(0) if world.in_town else world.road(0)
    last = log.controls[-1] if log.controls else Control(drivers[1], np.zeros((1, 2)))
    grid = (len(config.actions.steering_commands), len(config.actions.target_speeds))
    return Moment(
        driver=drivers[0],
        active_driver=last.driver,
        config=config,
        place=place,
        road_seed=int(world.road_seeds[0]) if world.in_town else world.road(0).seed,
        guide=guide,
        look=world.looks[0].copy(),
        step=log.steps,
        target_speed=float(last.commands[0, 1]),
        lane_width=float(world.lane_width[0]),
        route_length=float(world.route_length[0]),
        elapsed_s=CONTROL_PERIOD * int(telemetry.steps[0]),
        ended_by=ENDINGS[world.ended_by[0]],
        frames=world.frames[0].copy(),
        q_values=None if last.q_values is None else last.q_values.reshape(grid),
        action=last.action,
        lane=lane,
        explanation=None,
        trail=trail,
        **{name: float(getattr(telemetry, name)[0]) for name in _TELEMETRY},
    )


def explained(moment: Moment, explainer: Explainer) -> Moment:
    """The moment, a car on a control step, with what a policy looks at in it."""
    state = np.array([moment.speed, moment.steering_angle], dtype=np.float32)
    if moment.guide is not None:
        state = np.concatenate([state, moment.guide.told])
    return dataclasses.replace(moment, explanation=explainer.explain(moment.frames, state))


def mix(before: Moment, after: Moment, share: float) -> Moment:
    """Between two control steps: ``after``, with the car ``share`` (0..1) of the way from ``before`` to it."""
    next_step = after.step == before.step + 1 and after.road_seed == before.road_seed
    if share >= 1.0 or not next_step:
        return after
    between = {
        name: (1.0 - share) * getattr(before, name) + share * getattr(after, name) for name in (*_SMOOTH, "elapsed_s")
    }
    return dataclasses.replace(after, **between)


def mix_ticks(before: Tick, after: Tick, share: float) -> Tick:
    """The same for all cars."""
    return tuple(mix(old, new, share) for old, new in zip(before, after, strict=True))
