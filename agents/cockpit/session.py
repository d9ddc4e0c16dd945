"""A drive to be watched: a driver on one road after another, as a stream of moments."""

import dataclasses
from collections.abc import Sequence

from agents.cockpit.guide import guide_of, route_of
from agents.cockpit.moment import Moment, moment_of
from agents.cockpit.trail import Trail
from agents.drives.drive_log import Control, DriveLog
from agents.drives.drivers import HumanDriver, RecordedDriver, next_control
from agents.drives.recording import Recording, Seed
from agents.explaining.explain import Explainer
from agents.policy import Policy
from agents.scoring.evaluate import evaluation_config
from sim.config import TEST_ROAD_SEEDS, EnvConfig
from sim.drivers import Driver
from sim.trips import Trip
from sim.world import World

ESTIMATED = 200  # steps before a clip, for the charts
KEPT_DRIVES = 100  # finished ones, for scores


class Session:
    """One car on one road at a time; ``step`` moves it and returns what there is to show."""

    def __init__(
        self,
        driver: Driver | Policy | RecordedDriver,
        config: EnvConfig,
        first_road: int,
        explainer: Explainer | None = None,
    ) -> None:
        """Puts the driver at the start of the road with seed ``first_road``, of the kind that ``config`` names.

        With an ``explainer``, moments tell where its policy takes the lane to be.
        """
        self.human: HumanDriver | None = None  # drives in place of the driver
        self.finished: list[DriveLog] = []
        self.road_seed = first_road
        self._set_driver(driver, evaluation_config(config), explainer)
        self.restart()

    def _set_driver(
        self, driver: Driver | Policy | RecordedDriver, config: EnvConfig, explainer: Explainer | None
    ) -> None:
        self.driver, self.explainer = driver, explainer
        self.world = World(config, num_cars=1)

    def restart(self) -> None:
        """Returns to the start of this road."""
        self._start(self.road_seed, self.road_seed)

    def next_road(self, by: int = 1) -> None:
        """Goes to the next road seed (1) or the previous one (-1)."""
        self.road_seed = min(max(self.road_seed + by, 0), TEST_ROAD_SEEDS[1])
        self.restart()

    def switch(self, driver: Driver | Policy, config: EnvConfig, explainer: Explainer | None = None) -> None:
        """Changes the driver in mid-drive; with another camera, too, the drive so far is the same."""
        log, previous, moment = self.log, self.explainer, self.moment()
        config = dataclasses.replace(
            self.world.config, camera=config.camera, actions=config.actions, observation=config.observation
        )
        self._set_driver(driver, config, explainer)
        self._repeat(log, _fitting(log, config))
        if explainer is previous:
            self._restore_estimates(moment)

    def open(self, recording: Recording, explainer: Explainer | None = None, step: int = 0) -> None:
        """Lets a recording drive, from one of its steps on."""
        driver = RecordedDriver(recording)
        self.human = None
        self._set_driver(driver, recording.config, explainer)
        self._repeat(recording, driver.controls[:step], ESTIMATED)

    def return_to(self, log: DriveLog, moment: Moment) -> None:
        """Returns to a moment of this drive or of an earlier one, with what the policy made of it until then."""
        self._repeat(log, _fitting(log, self.world.config)[: moment.step])
        self._restore_estimates(moment)

    @property
    def ended(self) -> bool:
        """Whether the drive is over, or all of a recording has been driven."""
        recording = self._active_recording
        return bool(self.world.done[0]) or (recording is not None and self.log.steps >= recording.steps)

    @property
    def active_driver(self) -> str:
        """Who drives now."""
        return self.driver.name if self.human is None else self.human.name

    def step(self) -> Moment:
        """Drives one control step; a car whose drive is over stays."""
        if not self.ended:
            self._drive(self._next_control(), estimate=True)
            if self.world.done[0]:
                self.finished = [*self.finished, self.log][-KEPT_DRIVES:]
        return self.moment()

    def moment(self) -> Moment:
        """What there is to show now."""
        drivers, guide = (self.driver.name, self.active_driver), guide_of(self.world, self._route)
        return moment_of(self.world, self.log, drivers, self._trail.rows, self._lane, guide)

    @property
    def _active_recording(self) -> Recording | None:
        """The recording that drives, unless a person has taken over."""
        return self.driver.recording if isinstance(self.driver, RecordedDriver) and self.human is None else None

    def _start(self, road_seed: int, seed: Seed, trip: Trip | None = None) -> None:
        self.road_seed = road_seed
        self.log = DriveLog.start(self.world, road_seed, seed, trip)
        self._route = route_of(self.world)
        self.mismatch: int | None = None  # first step after which the frame is not the recorded one
        self._check_frame()
        self._trail = Trail()
        self._lane: dict[str, float] | None = None

    def _repeat(self, drive: DriveLog | Recording, controls: Sequence[Control], estimated: int = 0) -> None:
        """Begins like ``drive``; after the last ``estimated`` of the ``controls``, reads the lane off the frames."""
        self._start(drive.road_seed, drive.seed, drive.trip)
        for number, control in enumerate(controls):
            self._drive(control, estimate=number >= len(controls) - estimated)

    def _restore_estimates(self, moment: Moment) -> None:
        """Restores what the policy made of the drive until this moment, which is the present one."""
        self._trail, self._lane = Trail(moment.trail), moment.lane

    def _next_control(self) -> Control:
        if self.human is None:
            return next_control(self.driver, self.world, self.log.steps)
        policy = self._passenger()
        q_values = None if policy is None else policy.q_values(self.world.frames, self.world.vehicle_state)[0]
        return Control(self.human.name, self.human.commands(self.world), None, q_values)

    def _passenger(self) -> Policy | None:
        """The policy that rides along while a person drives."""
        if isinstance(self.driver, Policy):
            return self.driver
        policy = self.explainer.policy if self.explainer else None
        return policy if policy and policy.config.actions == self.world.config.actions else None

    def _drive(self, control: Control, *, estimate: bool) -> None:
        """One control step, kept in log and trail."""
        self.log.step(self.world, control)
        self._check_frame()
        self._lane = self.explainer.read_lane(self.world.frames[0]) if estimate and self.explainer else None
        self._trail.append(self.world, control.q_values, self._lane)

    def _check_frame(self) -> None:
        recording, step = self._active_recording, self.log.steps
        hashes = None if recording is None or self.mismatch is not None else recording.hashes
        if hashes is not None and step < len(hashes) and int(hashes[step]) != self.log.hashes[step]:
            self.mismatch = step


def _fitting(log: DriveLog, config: EnvConfig) -> list[Control]:
    """How a drive was driven, without actions and Q-values if those of ``config`` are others."""
    if log.config.actions == config.actions:
        return list(log.controls)
    return [Control(item.driver, item.commands) for item in log.controls]
