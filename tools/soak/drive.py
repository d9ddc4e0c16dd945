"""Drives trial after trial, checks all invariants in each step, and watches the memory."""

import ctypes
import gc
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zlib import crc32

import numba
import numpy as np
import psutil
from gymnasium.vector import AutoresetMode

from sim.actions import action_table
from sim.corruptions import CorruptedView, Delay
from sim.drivers import PurePursuitDriver
from sim.task import REWARD_TERMS
from sim.types import BoolArray, ByteArray, FloatArray
from sim.vector_env import LaneFollowingVectorEnv
from sim.world import World
from tools.roads.writer import write_ellipse
from tools.soak.checks import Checks, Violation, require
from tools.soak.trials import Trial, Trials

SETTLED = 1_000_000  # car steps after which memory must stay constant
MEMORY_SHARE = 0.01  # that it may differ by in the end
LOOK_EVERY = 16  # steps between two looks at all frames; positions, rewards and the rest are checked in each step
MOST_VIOLATIONS = 20  # after which it ends
MOST_THREADS = numba.get_num_threads()
RANDOM_SHARE = 0.2  # of the actions where both drive


@dataclass
class Soak:
    """The outcome."""

    car_steps: int = 0
    trials: int = 0
    pixels: int = 0
    """Pixels that were rendered; each step of each car renders a frame."""
    frames_looked_at: int = 0
    endings: Counter[str] = field(default_factory=Counter)
    settled_bytes: int | None = None
    """Resident memory after the first trial that ended beyond ``SETTLED`` steps."""
    last_bytes: int = 0
    most_bytes: int = 0
    """Greatest resident memory between two trials, from then on."""
    violations: list[str] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """Share by which memory changed since it settled."""
        return 0.0 if self.settled_bytes is None else self.last_bytes / self.settled_bytes - 1.0

    @property
    def steady(self) -> bool:
        """Whether memory stayed constant."""
        return abs(self.growth) <= MEMORY_SHARE

    @property
    def sound(self) -> bool:
        """Whether nothing was violated and memory stayed constant."""
        return self.steady and not self.violations


def soak(seed: int, car_steps: int, road_map: Path, only: int | None = None) -> Soak:
    """Drives trials until the cars have made that many steps, and prints a line for each; a violation ends its trial.

    Args:
        seed: Seed of settings and cars.
        car_steps: Steps of all cars together.
        road_map: An OpenDRIVE map.
        only: Number of the one trial to drive.
    """
    found = Soak()
    with TemporaryDirectory() as folder:
        trials = Trials(seed, write_ellipse(Path(folder) / "circuit.csv"), road_map)
        trials.skip(only or 0)
        while found.car_steps < car_steps and len(found.violations) < MOST_VIOLATIONS:
            _try(trials.draw(), seed, found)
            if only is not None:
                break
    return found


def _try(trial: Trial, seed: int, found: Soak) -> None:
    started, before = time.monotonic(), found.car_steps
    try:
        drive_trial(trial, seed, found)
    except Violation as violation:
        found.violations.append(f"seed {seed}, trial {trial.number}, {violation}")
        print(f"VIOLATION: {found.violations[-1]}. Settings: {trial.settings}", flush=True)
    rate = (found.car_steps - before) / (time.monotonic() - started)
    found.trials += 1
    _watch_memory(found)
    progress = f"{found.car_steps / 1e6:8.3f} M {rate:9,.0f}/s {found.last_bytes / 1e6:5.0f} MB"
    print(f"seed {seed} {trial.number:4d} {progress}  {trial.label}", flush=True)


def _watch_memory(found: Soak) -> None:
    found.last_bytes = resident_bytes()
    if found.car_steps >= SETTLED:
        found.settled_bytes = found.settled_bytes or found.last_bytes
        found.most_bytes = max(found.most_bytes, found.last_bytes)


def resident_bytes() -> int:
    """Resident memory of the process after a garbage collection and, where there is one, glibc's ``malloc_trim``."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    return int(psutil.Process().memory_info().rss)


def drive_trial(trial: Trial, seed: int, found: Soak) -> None:
    """Drives one trial to its end and counts its steps.

    Raises:
        Violation: an invariant did not hold; names the step.
    """
    numba.set_num_threads(min(trial.threads, MOST_THREADS))
    env = LaneFollowingVectorEnv(
        num_envs=trial.cars,
        autoreset_mode=trial.autoreset,
        copy=trial.copy,
        **{name: getattr(trial.env, name) for name in trial.env.__dataclass_fields__},
    )
    step = 0
    try:
        drive = _Drive(trial, env, seed, found)
        for step in range(1, trial.steps + 1):
            drive.step(looking=step % LOOK_EVERY == 0)
            found.car_steps += trial.cars
            found.pixels += trial.cars * trial.env.camera.width * trial.env.camera.height
    except Violation as violation:
        raise Violation(f"step {step}: {violation}") from violation


def cars_seed(seed: int, trial: Trial) -> int:
    """The seed of a trial's cars, which no trial of another ``seed`` shares."""
    return int(np.random.SeedSequence((seed, trial.number)).generate_state(1, np.uint64)[0])


class _Drive:
    """A running trial."""

    def __init__(self, trial: Trial, env: LaneFollowingVectorEnv, seed: int, found: Soak) -> None:
        self._trial, self._env, self._found = trial, env, found
        self._actions = ActionSource(trial, seed)
        observations, _ = env.reset(seed=cars_seed(seed, trial))
        self._checks = Checks(trial, env.world)
        self._view = None if trial.corruption is None else CorruptedView(env.world, trial.corruption, seed)
        self._kept: tuple[ByteArray, int] | None = None
        self._look(observations, everywhere=True)

    def step(self, *, looking: bool) -> None:
        """One step of all cars with all checks; all frames are looked at only when ``looking``."""
        env, checks, same_step = self._env, self._checks, self._trial.autoreset is AutoresetMode.SAME_STEP
        self._reset_by_hand()
        checks.note()
        standing = env.world.done
        observations, rewards, terminated, truncated, infos = env.step(self._actions.choose(env.world))
        ended, told = terminated | truncated, infos.get("final_info", infos)
        began = ended if same_step else standing
        checks.check_beginning(began)
        checks.check_drive(~began)
        checks.check_endings(terminated, truncated, ~began)
        checks.check_pay(~standing, rewards, np.stack([told["reward_terms"][name] for name in REWARD_TERMS], 1))
        if same_step:
            self._check_finals(ended, infos)
        self._found.endings.update(told["ended_by"][ended].tolist())
        self._look(observations, everywhere=looking)

    def _reset_by_hand(self) -> None:
        ended = self._env.world.done
        if self._trial.autoreset is AutoresetMode.DISABLED and ended.any():
            self._env.reset(options={"reset_mask": ended})
            self._checks.check_beginning(ended)

    def _check_finals(self, ended: BoolArray, infos: dict[str, Any]) -> None:
        """Those that ended, and no others, leave what they saw and what became of them."""
        if not ended.any():
            require(np.array(["final_obs" not in infos]), "only episodes that end leave a last observation")
            return
        require(infos["_final_obs"] == ended, "episodes that end leave a last observation")
        require(infos["_final_info"] == ended, "episodes that end leave a last info")
        there = np.array([last is not None for last in infos["final_obs"]])
        require(there == ended, "a last observation is there")

    def _look(self, observations: Any, *, everywhere: bool) -> None:
        """What the cars see lies in its space; ``everywhere``: is not one colour, and stays as it was handed out."""
        frames, state = observations, None
        if isinstance(observations, dict):
            frames, state = observations["camera"], observations["state"]
            self._checks.check_state(state)
        seen = None if self._view is None else self._view.look()
        self._checks.check_shape(frames)
        if not everywhere:
            return
        if self._kept is not None and self._trial.copy:
            before, digest = self._kept
            require(np.array([crc32(before.data) == digest]), "observations that were handed out stay as they were")
        self._kept = (frames, crc32(frames.data))
        self._found.frames_looked_at += self._checks.check_frames(frames)
        if seen is not None and self._trial.corruption is not None:
            self._checks.check_shape(seen)
            bright = self._trial.corruption.name == "brightness"  # which may leave nothing but white of a bright day
            self._found.frames_looked_at += self._checks.check_frames(seen, may_be_white=bright)


class ActionSource:
    """Turns what a driver wants into actions of the trial's action space, or draws them."""

    def __init__(self, trial: Trial, seed: int) -> None:
        """Draws from ``seed`` and the trial's number."""
        self._random = np.random.default_rng((seed, trial.number))
        self._pursuit, self._trial = PurePursuitDriver(), trial
        self._delay = Delay(0 if trial.corruption is None else trial.corruption.delay_steps)
        self._share = {"random": 1.0, "pursuit": 0.0, "both": RANDOM_SHARE}[trial.driving]
        self._table = action_table(trial.env.actions)
        self._range = np.array([trial.env.actions.steering_range, trial.env.actions.speed_limit])

    def choose(self, world: World) -> Any:
        """Actions of all cars: (N,) int64, or (N, 2) float32."""
        drawn, wanted = self._drawn(world.num_cars), self._wanted(world)
        explores = self._random.random(world.num_cars) < self._share
        return np.where(explores if drawn.ndim == 1 else explores[:, None], drawn, wanted)

    def _drawn(self, cars: int) -> Any:
        if not self._trial.env.continuous:
            return self._random.integers(len(self._table), size=cars)
        return self._random.uniform([-1.0, 0.0], [1.0, 1.0], (cars, 2)).astype(np.float32)

    def _wanted(self, world: World) -> Any:
        """The nearest actions to those of pure pursuit, which come late where the trial's corruption says so."""
        wanted: FloatArray = self._delay(self._pursuit.commands(world), world).copy()
        if self._trial.env.actions.steering == "change":
            wanted[:, 0] -= world.telemetry.steering_angle
        if self._trial.env.continuous:
            range_ = np.maximum(self._range, 1e-9)
            return np.clip(wanted / range_, [-1.0, 0.0], [1.0, 1.0]).astype(np.float32)
        far = np.abs(wanted[:, None] - self._table) / [0.1, 1.0]
        return far.sum(axis=2).argmin(axis=1)
