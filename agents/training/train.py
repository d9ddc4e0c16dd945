"""Trains a policy: collect, update, evaluate on unseen roads, keep the best."""

import dataclasses
import json
import shlex
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv

from agents.config import OptimizerName, TrainConfig
from agents.files import claimed, remove_others
from agents.learning.allocator import keep_freed_memory
from agents.learning.divergence import DivergenceError
from agents.learning.dqn import DrivingDQN, DrivingPolicy, Schedule
from agents.learning.encoded import EncodedVecEnv
from agents.learning.features import DrivingFeatures
from agents.learning.replay import FrameReplay
from agents.learning.start import encoder_start, from_anywhere
from agents.learning.vec_env import DashcamVecEnv
from agents.progress import TrainingProgress
from agents.training.checkpoint import CONFIG, checkpoint_folders, settle_checkpoints
from agents.training.checkpointing import Checkpointer, newest_whole, require_replay_disk
from agents.training.checkpoints import DEFAULTS, Checkpoints
from agents.training.evidence import keep_evidence
from agents.training.learner_state import replay_of
from agents.training.resume import require_same_settings
from agents.training.run_lock import LOCK, locked
from agents.training.stopping import StopRequest, stop_request
from agents.training.validation import POLICY, EvaluateAndKeep, Evaluation
from perception.atomic import recover_folder, write_atomic
from sim.errors import UserError
from sim.machine import require_memory
from sim.world import memory_needed

OPTIMIZERS: dict[OptimizerName, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "rmsprop": torch.optim.RMSprop,
}
OPTIMIZER_SETTINGS: dict[OptimizerName, dict[str, Any]] = {
    "adam": {"fused": True},
    # Mnih et al. 2015, table 1: "momentum" there is that of the averages; 0.01 stands below the root, so 0.1 beside it
    "rmsprop": {"alpha": 0.95, "eps": 0.1, "centered": True},
}
NEVER: Any = None  # SB3 prints its own table every so many episodes, or never


@dataclass
class TrainResult:
    """What a run came to."""

    out: Path
    best: Evaluation
    mastered: Evaluation | None
    """The first evaluation with mastery."""
    frames: int
    training_s: float
    interrupted: bool
    terminated: bool
    """Whether it was the system that did so, not somebody with Ctrl-C."""
    evaluations: list[Evaluation]
    roads: str
    """What the roads of the evaluations are called."""


def train(
    config: TrainConfig, out: Path | None, console: Console, checkpoints: Checkpoints = DEFAULTS, name: str = "train"
) -> TrainResult:
    """Trains and leaves in ``out``: config.json, log.csv, TensorBoard's events, checkpoints, and the best policy.

    Where no folder is named, it is the first of runs/NAME-1, runs/NAME-2, ... that is not there yet. Ctrl-C, SIGTERM or
    SIGUSR1 ends the run early, with a checkpoint that ``resume`` goes on from.

    Raises:
        UserError: ``out`` holds files already, memory or disk do not suffice, or learning diverged.
        KeyboardInterrupt: the run was ended before there was a policy.
    """
    if out is not None and any(checkpoint_folders(out)):
        raise UserError(
            f"{out} holds another run; go on with it with --resume, or choose an empty or new folder with --out."
        )
    with claimed(out, name) as folder, locked(folder), _removed_unless_learned(folder):
        return _Run(from_anywhere(config), folder, console, checkpoints).train()


def resume(config: TrainConfig, out: Path, console: Console, checkpoints: Checkpoints = DEFAULTS) -> TrainResult:
    """Goes on with the run in ``out`` from its newest whole checkpoint, or from its beginning where there is none.

    With the replay in its checkpoints, it ends as it would have without the interruption, bit for bit.

    Raises:
        UserError: there is no such run, ``config`` is not its own, or see ``train``.
        KeyboardInterrupt: see ``train``.
    """
    config = from_anywhere(config)
    require_same_settings(config, out)
    with locked(out):
        _settle(out)
        start = newest_whole(out, lambda sentence: console.print(sentence, style="yellow", highlight=False))
        return _Run(config, out, console, checkpoints).train(start)


@contextmanager
def _removed_unless_learned(out: Path) -> Iterator[None]:
    """Removes what a run has written that ends, however it does, before there is a policy or a checkpoint to keep."""
    before = set(out.iterdir()) - {out / LOCK}  # which this program holds
    try:
        yield
    except BaseException:
        if not (out / POLICY).exists() and not any(checkpoint_folders(out)):
            remove_others(out, before)
        raise


def _settle(out: Path) -> None:
    """Clears up after a program that was killed in the middle of writing."""
    try:
        settle_checkpoints(out)
        recover_folder(out / POLICY)
    except OSError as error:
        raise UserError(f"{out} cannot be written ({error.strerror}); make it writable.") from error


class _Run:
    """A run in its folder, from its start or a checkpoint to its end."""

    def __init__(self, config: TrainConfig, out: Path, console: Console, checkpoints: Checkpoints) -> None:
        self._config, self._out, self._console, self._checkpoints = config, out, console, checkpoints

    def train(self, start: Path | None = None) -> TrainResult:
        with stop_request() as stop:
            return self._train(start, stop)

    def _train(self, start: Path | None, stop: StopRequest) -> TrainResult:
        config, out, console = self._config, self._out, self._console
        self._write_config()
        keep_freed_memory()
        model = build_model(config)
        self._say_what_it_takes(model)
        compile_kernels(config)
        may_end_early, seen = config.stop_success_rate is not None, 0 if start is None else int(start.name)
        with (
            TrainingProgress(config.frames, console, may_end_early, seen) as progress,
            closing(EvaluateAndKeep(config, out, progress, console)) as watcher,
        ):
            checkpointer = Checkpointer(out, config, self._checkpoints, watcher, console)
            if start is not None:
                checkpointer.go_on_from(model, start)
                self._say_where_it_is(model, watcher)
            interrupted = not _learn_and_keep(model, config, watcher, checkpointer, stop)
        if interrupted:
            self._say_how_to_go_on(model.num_timesteps, checkpointer.latest)
        watcher.policy.require_saved()
        if watcher.best is None:
            stop.require_none()
            raise KeyboardInterrupt
        return TrainResult(
            out,
            watcher.best,
            watcher.mastered,
            model.num_timesteps,
            watcher.training_s(),
            interrupted,
            interrupted and stop.terminated,
            watcher.evaluations,
            watcher.exam.called,
        )

    def _write_config(self) -> None:
        try:
            write_atomic(self._out / CONFIG, config_text(self._config).encode())
        except OSError as error:
            raise UserError(f"{self._out / CONFIG} cannot be written ({error.strerror}); make room for it.") from error

    def _say_what_it_takes(self, model: DrivingDQN) -> None:
        """Says what memory and disk the run will fill in time.

        Raises:
            UserError: they are not there.
        """
        config, replay = self._config, replay_of(model).nbytes
        world = memory_needed(config.env, config.num_cars)
        needed = replay + world  # all of it is allocated, and little of it filled
        require_memory(needed, "The run", "choose a smaller buffer or camera, or fewer cars", allocated=needed)
        self._console.print(
            f"Memory: {replay / 1e6:,.0f} MB for a replay of {config.buffer_frames:,} frames, "
            f"up to {world / 1e6:,.0f} MB for roads and frames."
        )
        if self._checkpoints.checkpoint_replay:
            self._console.print(require_replay_disk(self._out, self._checkpoints, replay))

    def _say_where_it_is(self, model: DrivingDQN, watcher: EvaluateAndKeep) -> None:
        config, seen = self._config, model.num_timesteps
        if watcher.goal_reached:
            sentence = (
                f"Nothing is left to learn: after {seen:,} frames, the run has reached its goal, a success rate of "
                f"{config.stop_success_rate}; go on with another one, or with --stop-success-rate None."
            )
        elif seen >= config.frames:
            sentence = f"Nothing is left to learn: all {config.frames:,} frames were seen; go on with more --frames."
        else:
            empty = seen > 0 and replay_of(model).size() == 0
            waits = f"; the replay starts empty, so updates wait for {config.learning_starts:,} frames"
            sentence = f"Going on after {seen:,} frames{waits if empty else ''}."
        self._console.print(sentence, highlight=False, soft_wrap=True)

    def _say_how_to_go_on(self, frames: int, latest: int | None) -> None:
        if latest is None:
            self._console.print(f"Stopped after {frames:,} frames; no checkpoint could be written.")
            return
        where = "" if latest == frames else f" from {latest:,}"
        command = shlex.join(["dashcam", "train", "--resume", "--out", str(self._out)])
        self._console.print(
            f"Stopped after {frames:,} frames. To go on{where}: {command}",
            highlight=False,
            soft_wrap=True,
        )


def _learn_and_keep(
    model: DrivingDQN, config: TrainConfig, watcher: EvaluateAndKeep, checkpointer: Checkpointer, stop: StopRequest
) -> bool:
    """Learns until the end, writing checkpoints; False where it was ended before."""

    def may_go_on() -> bool:
        checkpointer.write_if_due(model)
        return not (stop.made or watcher.goal_reached)

    model.may_go_on = may_go_on
    stop.wait()
    if not learn(model, config, watcher):  # somebody did not want to wait, so a step may be half done
        return False
    checkpointer.write(model)
    if stop.made and model.num_timesteps < config.frames and not watcher.goal_reached:
        return False
    if watcher.best is None:
        watcher.evaluate()
    return True


def learn(model: DrivingDQN, config: TrainConfig, watcher: EvaluateAndKeep) -> bool:
    """Learns until ``config.frames`` frames were seen; False after Ctrl-C.

    Raises:
        UserError: learning diverged; says when, how to see it, and where the best policy so far is.
    """
    seen = model.num_timesteps
    try:
        model.learn(config.frames - seen, callback=watcher, log_interval=NEVER, reset_num_timesteps=seen == 0)
        model.require_finite_weights()
    except KeyboardInterrupt:
        return False
    except DivergenceError as error:
        moment = f"That was after {model.num_timesteps:,} frames of the run with seed {config.seed}."
        kept = f"The best policy so far is in {watcher.policy.folder}." if watcher.best else "No policy was kept."
        raise UserError(f"{error} {moment} {keep_evidence(model, config, error, watcher.out)} {kept}") from error
    return True


def compile_kernels(config: TrainConfig) -> None:
    """Drives and learns a few steps with a small copy of the run, so that nothing is compiled on the run's time."""
    small = dataclasses.replace(
        config,
        num_cars=min(config.num_cars, 2),
        learning_starts=8,
        frames=40,
        batch_size=2,
        buffer_frames=64,
        n_steps=min(config.n_steps, 2),
        target_update_updates=1,
        learning_rate=1e-3,
        learning_rate_final=1e-3,
    )
    build_model(small).learn(small.frames, log_interval=NEVER)


def build_model(config: TrainConfig) -> DrivingDQN:
    """The learner and its cars.

    Raises:
        UserError: the replay does not fit into memory, or the camera is too small for the encoder.
    """
    start = encoder_start(config)
    cars = DashcamVecEnv(config.env, config.num_cars)
    frozen = start.encoder if start is not None and start.frozen else None
    env: VecEnv = cars if frozen is None else EncodedVecEnv(cars, frozen)
    model = DrivingDQN(
        DrivingPolicy,
        env,
        buffer_size=config.buffer_frames,
        learning_starts=config.learning_starts,
        batch_size=config.batch_size,
        gamma=config.discount,
        train_freq=1,
        gradient_steps=config.updates_per_step,
        replay_buffer_class=FrameReplay,
        replay_buffer_kwargs={
            "stack": config.env.camera.stack if frozen is None else 1,
            "n_steps": config.n_steps,
            "gamma": config.discount,
            "seed": config.seed,
        },
        policy_kwargs={
            "features_extractor_class": DrivingFeatures,
            "features_extractor_kwargs": {"config": config.env, "encoder": config.encoder, "start": start},
            "normalize_images": False,
            "optimizer_class": OPTIMIZERS[config.optimizer],
            "optimizer_kwargs": OPTIMIZER_SETTINGS[config.optimizer],
            "head": config.head,
            "encoder_rate": 1.0 if start is None else config.encoder_rate,
        },
        exploration=Schedule(config.exploration_initial, config.exploration_final, config.exploration_frames),
        step_size=Schedule(config.learning_rate, config.learning_rate_final, config.learning_rate_frames),
        tau=config.target_rate,
        target_update_updates=config.target_update_updates,
        double=config.double,
        exploration_per_car=config.exploration_per_car,
        share_updates=frozen is None,
        seed=config.seed,
        device="cpu",
    )
    model.set_logger(Logger(folder=None, output_formats=[]))  # the run log writes; SB3's would leave a folder in /tmp
    return model


def config_text(config: TrainConfig) -> str:
    """What a run's config.json holds."""
    return json.dumps(dataclasses.asdict(config), indent=2) + "\n"
