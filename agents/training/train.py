"""Trains a policy: collect, update, evaluate on unseen roads, keep the best."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from agents.config import CheckpointConfig, TrainConfig
from agents.files import claimed, remove_others
from agents.learning.allocator import keep_freed_memory
from agents.learning.build import build_model, compile_kernels
from agents.learning.dqn import DrivingDQN
from agents.learning.start import from_anywhere
from agents.locks import LOCK, training_in
from agents.progress import TrainingProgress
from agents.training import messages
from agents.training.checkpoints.format import CONFIG, checkpoint_folders, settle_checkpoints
from agents.training.checkpoints.restore import newest_intact, restore
from agents.training.checkpoints.schedule import Checkpointer, require_replay_disk
from agents.training.loop import learn_with_checkpoints
from agents.training.resume import require_same_settings
from agents.training.stopping import stop_request
from agents.training.validation import POLICY, Evaluation, ValidationCallback
from perception.atomic import recover_folder, write_atomic
from sim.errors import UserError
from sim.machine import require_memory
from sim.world import memory_needed

DEFAULTS = CheckpointConfig()


@dataclass
class TrainResult:
    """The result of a run."""

    out: Path
    best: Evaluation
    mastered: Evaluation | None
    """The first evaluation with mastery."""
    frames: int
    training_s: float
    interrupted: bool
    terminated: bool
    """Whether the system interrupted it, not somebody with Ctrl-C."""
    evaluations: list[Evaluation]
    roads: str
    """What the roads of the evaluations are called."""


def train(
    config: TrainConfig,
    out: Path | None,
    console: Console,
    checkpoints: CheckpointConfig = DEFAULTS,
    name: str = "train",
    learner: type[DrivingDQN] = DrivingDQN,
) -> TrainResult:
    """Trains and leaves in ``out``: config.json, log.csv, TensorBoard's events, checkpoints, and the best policy.

    Where no folder is named, it is the first of runs/NAME-1, runs/NAME-2, ... that does not exist yet. Ctrl-C, SIGTERM
    or SIGUSR1 ends the run early, with a checkpoint that ``resume`` continues from. Studies that change the algorithm
    pass a ``learner`` of their own.

    Raises:
        UserError: ``out`` holds files already, memory or disk do not suffice, or learning diverged.
        KeyboardInterrupt: the run was ended before there was a policy.
    """
    if out is not None and any(checkpoint_folders(out)):
        raise UserError(
            f"{out} holds another run; resume it with --resume, or choose an empty or new folder with --out."
        )
    with claimed(out, name) as folder, training_in(folder), _removed_unless_learned(folder):
        return _run(from_anywhere(config), folder, console, checkpoints, learner)


def resume(config: TrainConfig, out: Path, console: Console, checkpoints: CheckpointConfig = DEFAULTS) -> TrainResult:
    """Resumes the run in ``out`` from its newest intact checkpoint, or from its beginning where there is none.

    With the replay in its checkpoints, it ends as it would have without the interruption, bit for bit.

    Raises:
        UserError: there is no such run, ``config`` is not its own, or see ``train``.
        KeyboardInterrupt: see ``train``.
    """
    config = from_anywhere(config)
    require_same_settings(config, out)
    with training_in(out):
        _settle(out)
        start = newest_intact(out, lambda sentence: console.print(sentence, style="yellow", highlight=False))
        return _run(config, out, console, checkpoints, start=start)


@contextmanager
def _removed_unless_learned(out: Path) -> Iterator[None]:
    """Removes what a run has written if it ends, however it does, before there is a policy or a checkpoint to keep."""
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


def _run(
    config: TrainConfig,
    out: Path,
    console: Console,
    checkpoints: CheckpointConfig,
    learner: type[DrivingDQN] = DrivingDQN,
    start: Path | None = None,
) -> TrainResult:
    """Runs in a folder, from the beginning or a checkpoint to the end."""
    with stop_request() as stop:
        _write_config(config, out)
        keep_freed_memory()
        model = build_model(config, learner)
        _require_room(config, model, out, checkpoints, console)
        compile_kernels(config)
        may_end_early, seen = config.stop_success_rate is not None, 0 if start is None else int(start.name)
        with (
            TrainingProgress(config.frames, console, may_end_early, seen) as progress,
            closing(ValidationCallback(config, out, progress, console)) as validation,
        ):
            if start is not None:
                restore(start, model, validation)
                sentence = messages.where_it_resumes(config, model, goal_reached=validation.goal_reached)
                console.print(sentence, highlight=False, soft_wrap=True)
            checkpointer = Checkpointer(out, config, checkpoints, validation, console, start)
            interrupted = not learn_with_checkpoints(model, config, validation, checkpointer, stop)
        if interrupted:
            sentence = messages.how_to_resume(out, model.num_timesteps, checkpointer.latest)
            console.print(sentence, highlight=False, soft_wrap=True)
        validation.policy.require_saved()
        if validation.best is None:
            stop.require_none()
            raise KeyboardInterrupt
        return TrainResult(
            out,
            validation.best,
            validation.mastered,
            model.num_timesteps,
            validation.training_s(),
            interrupted,
            interrupted and stop.terminated,
            validation.evaluations,
            validation.exam.called,
        )


def _write_config(config: TrainConfig, out: Path) -> None:
    try:
        write_atomic(out / CONFIG, config.as_json().encode())
    except OSError as error:
        raise UserError(f"{out / CONFIG} cannot be written ({error.strerror}); make room for it.") from error


def _require_room(
    config: TrainConfig, model: DrivingDQN, out: Path, checkpoints: CheckpointConfig, console: Console
) -> None:
    """Says what memory and disk the run will fill in time.

    Raises:
        UserError: they are not there.
    """
    replay, world = model.replay.nbytes, memory_needed(config.env, config.num_cars)
    needed = replay + world  # all of it is allocated, and little of it filled
    require_memory(needed, "The run", "choose a smaller buffer or camera, or fewer cars", allocated=needed)
    console.print(messages.memory_taken(config, replay, world))
    if checkpoints.checkpoint_replay:
        console.print(require_replay_disk(out, checkpoints, replay))
