"""A drive to be watched: a driver on one road after another, as a stream of moments."""

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from agents.cockpit.moment import Moment, explained
from agents.cockpit.trail import Trail
from agents.drives.drive_log import Decision, DriveLog
from agents.drives.drivers import HumanDriver, RecordedDriver
from agents.drives.recording import Recording, Seed, begin, frame_hash
from agents.explaining.explain import Explainer
from agents.policy import Policy
from agents.scoring.evaluate import evaluation_config
from perception.labels import HEADING_ERROR, LATERAL_OFFSET
from sim.actions import action_table, to_commands
from sim.config import CONTROL_PERIOD, TEST_ROAD_SEEDS, EnvConfig
from sim.drivers import Driver
from sim.types import Float32Array
from sim.world import ENDINGS, REWARD_TERMS, World

ESTIMATED = 200  # steps before a scene, for the charts
KEPT_DRIVES = 100  # that came to their end, for scores
UNKNOWN = float("nan")


class Session:
    """One car on one road at a time; ``step`` moves it and tells what there is to show."""

    def __init__(
        self,
        driver: Driver | Policy | RecordedDriver,
        config: EnvConfig,
        first_road: int,
        explainer: Explainer | None = None,
    ) -> None:
        """Puts the driver at the beginning of the road with seed ``first_road``, of the kind that ``config`` names.

        With an ``explainer``, moments hold where its policy takes the lane to be, and while ``explaining`` is true also
        what it looks at; the window asks for that when it shows a moment, films for all.
        """
        self.explaining = False
        self.human: HumanDriver | None = None
        self.finished: list[DriveLog] = []
        self.road_seed = first_road
        self._take_seat(driver, evaluation_config(config), explainer)
        self.restart()

    def _take_seat(
        self, driver: Driver | Policy | RecordedDriver, config: EnvConfig, explainer: Explainer | None
    ) -> None:
        self.driver, self.explainer = driver, explainer
        self.world = World(config, num_cars=1)
        self._table = action_table(config.actions)

    def restart(self) -> None:
        """Back to the beginning of this road."""
        self._begin(self.road_seed)

    def next_road(self, by: int = 1) -> None:
        """On to the next road seed, or back to the one before."""
        self.road_seed = min(max(self.road_seed + by, 0), TEST_ROAD_SEEDS[1])
        self.restart()

    def switch(self, driver: Driver | Policy, config: EnvConfig, explainer: Explainer | None = None) -> None:
        """Puts somebody else at the wheel in mid-drive; with another camera, too, the drive so far is the same."""
        log, looked_on, moment = self.log, self.explainer, self._moment()
        config = dataclasses.replace(self.world.config, camera=config.camera, actions=config.actions)
        self._take_seat(driver, config, explainer)
        self._drive_again(log.road_seed, log.seed, _fitting(log, config))
        if explainer is looked_on:
            self._recall(moment)

    def open(self, recording: Recording, explainer: Explainer | None = None, step: int = 0) -> None:
        """Lets a recording drive, from one of its steps on."""
        driver = RecordedDriver(recording)
        self.human = None
        self._take_seat(driver, recording.config, explainer)
        self._drive_again(
            recording.road_seed, recording.seed, [driver.decision(number) for number in range(step)], ESTIMATED
        )

    def return_to(self, log: DriveLog, moment: Moment) -> None:
        """Back to a moment of this drive or of an earlier one; what the policy made of it until then is still known."""
        self._drive_again(log.road_seed, log.seed, _fitting(log, self.world.config)[: moment.step])
        self._recall(moment)

    @property
    def ended(self) -> bool:
        """Whether the drive is over, or a recording has nothing more to tell."""
        told = isinstance(self.driver, RecordedDriver) and self.log.steps >= self.driver.steps
        return bool(self.world.done[0]) or (told and self.human is None)

    @property
    def at_wheel(self) -> str:
        """Who drives now."""
        return self.driver.name if self.human is None else self.human.name

    def step(self) -> Moment:
        """Drives one control step; a car whose drive is over stays."""
        if not self.ended:
            self._carry_out(self._decide(), estimating=True)
            if self.world.done[0]:
                self.finished = [*self.finished, self.log][-KEPT_DRIVES:]
        return self.look()

    def _begin(self, road_seed: int, seed: Seed | None = None) -> None:
        self.road_seed = road_seed
        begin(self.world, road_seed, road_seed if seed is None else seed)
        self.log = DriveLog(self.world.config, road_seed, road_seed if seed is None else seed)
        self.log.hashes.append(frame_hash(self.world.frames[0]))
        self.mismatch: int | None = None
        self._check_frame()
        self._trail = Trail()
        self._lane: dict[str, float] | None = None
        self._total_reward = 0.0

    def _drive_again(self, road_seed: int, seed: Seed, decisions: Sequence[Decision], estimated: int = 0) -> None:
        """Carries out the same decisions; after the last ``estimated`` of them, reads the lane off the frames."""
        self._begin(road_seed, seed)
        for number, decision in enumerate(decisions):
            self._carry_out(decision, estimating=number >= len(decisions) - estimated)

    def _recall(self, moment: Moment) -> None:
        """Knows again what the policy made of the drive until this moment, which is the present one."""
        self._trail, self._lane = Trail(moment.trail), moment.lane

    def _decide(self) -> Decision:
        world, driver = self.world, self.driver
        if isinstance(driver, RecordedDriver) and self.human is None:
            return driver.decision(self.log.steps)
        policy = driver if isinstance(driver, Policy) else self._onlooker()
        q_values = None if policy is None else policy.q_values(world.frames, world.vehicle_state)[0]
        if self.human is not None:
            return Decision(self.human.name, self.human.commands(world), None, q_values)
        assert not isinstance(driver, RecordedDriver)
        if not isinstance(driver, Policy):
            return Decision(driver.name, driver.commands(world))
        assert q_values is not None
        action = int(q_values.argmax())
        commands = to_commands(self._table[[action]], world.telemetry.steering_angle, world.config.actions)
        return Decision(driver.name, commands, action, q_values)

    def _onlooker(self) -> Policy | None:
        """The policy that looks on while a person drives in place of its recording."""
        if self.human is None or self.explainer is None:
            return None
        policy = self.explainer.policy
        return policy if policy.config.actions == self.world.config.actions else None

    def _carry_out(self, decision: Decision, *, estimating: bool = False) -> None:
        """One control step, kept in log and trail."""
        world = self.world
        world.step(decision.commands)
        self.log.decisions.append(decision)
        self.log.hashes.append(frame_hash(world.frames[0]))
        self._check_frame()
        self._total_reward += float(world.rewards[0])
        self._lane = self.explainer.read_lane(world.frames[0]) if estimating and self.explainer else None
        self._trail.append(self._row(decision.q_values))

    def _row(self, q_values: Float32Array | None) -> list[float]:
        telemetry, lane = self.world.telemetry, self._lane or {}
        return [
            float(telemetry.x[0]),
            float(telemetry.y[0]),
            float(telemetry.lateral_offset[0]),
            float(telemetry.heading_error[0]),
            *(float(self.world.reward_terms[name][0]) for name in REWARD_TERMS),
            UNKNOWN if q_values is None else float(q_values.max()),
            lane.get(LATERAL_OFFSET, UNKNOWN),
            lane.get(HEADING_ERROR, UNKNOWN),
        ]

    def _check_frame(self) -> None:
        """Notes the first step of a recording after which the frame is not the recorded one."""
        if not isinstance(self.driver, RecordedDriver) or self.human is not None or self.mismatch is not None:
            return
        expected, step = self.driver.recording.hashes, self.log.steps
        if expected is not None and step < len(expected) and int(expected[step]) != self.log.hashes[step]:
            self.mismatch = step

    def look(self) -> Moment:
        """What there is to show now, without driving on."""
        moment = self._moment()
        return explained(moment, self.explainer) if self.explaining and self.explainer else moment

    def _moment(self) -> Moment:
        world, telemetry, config = self.world, self.world.telemetry, self.world.config
        last = self.log.decisions[-1] if self.log.decisions else Decision(self.at_wheel, np.zeros((1, 2)))
        grid = (len(config.actions.steering_commands), len(config.actions.target_speeds))
        return Moment(
            driver=self.driver.name,
            at_wheel=last.at_wheel,
            config=config,
            road=world.road(0),
            look=world.looks[0].copy(),
            step=self.log.steps,
            x=float(telemetry.x[0]),
            y=float(telemetry.y[0]),
            heading=float(telemetry.heading[0]),
            speed=float(telemetry.speed[0]),
            target_speed=float(last.commands[0, 1]),
            steering_angle=float(telemetry.steering_angle[0]),
            acceleration=float(telemetry.acceleration[0]),
            yaw_rate=float(telemetry.yaw_rate[0]),
            lateral_offset=float(telemetry.lateral_offset[0]),
            lane_width=float(world.lane_width[0]),
            heading_error=float(telemetry.heading_error[0]),
            station=float(telemetry.station[0]),
            progress=float(telemetry.progress[0]),
            route_length=float(world.route_length[0]),
            total_reward=self._total_reward,
            elapsed_s=CONTROL_PERIOD * int(telemetry.steps[0]),
            ended_by=ENDINGS[world.ended_by[0]],
            frames=world.frames[0].copy(),
            q_values=None if last.q_values is None else last.q_values.reshape(grid),
            action=last.action,
            lane=self._lane,
            explanation=None,
            trail=self._trail.rows,
        )


def _fitting(log: DriveLog, config: EnvConfig) -> list[Decision]:
    """The decisions of a drive, without actions and Q-values if those of ``config`` are others."""
    if log.config.actions == config.actions:
        return list(log.decisions)
    return [Decision(item.at_wheel, item.commands) for item in log.decisions]


def drive_moments(session: Session, seconds: float) -> Iterator[Moment]:
    """Moments of about ``seconds`` of driving, on to the next road whenever one ends."""
    for _ in range(max(round(seconds / CONTROL_PERIOD), 1)):
        if session.ended:
            session.next_road()
        yield session.step()
