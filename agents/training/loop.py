"""The run loop: learns step by step, writes checkpoints between steps, and stops when asked to."""

from agents.config import TrainConfig
from agents.learning.build import NEVER
from agents.learning.dqn import DrivingDQN
from agents.learning.errors import NonFiniteError
from agents.training.checkpoints.schedule import Checkpointer
from agents.training.failure_replay import save_failure_replay
from agents.training.stopping import StopRequest
from agents.training.validation import ValidationCallback
from sim.errors import UserError


def learn_with_checkpoints(
    model: DrivingDQN,
    config: TrainConfig,
    validation: ValidationCallback,
    checkpointer: Checkpointer,
    stop: StopRequest,
) -> bool:
    """Learns until the end, writing checkpoints; False where it was stopped early.

    Raises:
        UserError: see ``learn``.
    """

    def may_continue() -> bool:
        checkpointer.write_if_due(model)
        return not (stop.made or validation.goal_reached)

    model.may_continue = may_continue
    stop.wait()
    if not learn(model, config, validation):  # somebody did not want to wait, so a step may be half done
        return False
    checkpointer.write(model)
    if stop.made and model.num_timesteps < config.frames and not validation.goal_reached:
        return False
    if validation.best is None:
        validation.evaluate()
    return True


def learn(model: DrivingDQN, config: TrainConfig, validation: ValidationCallback) -> bool:
    """Learns until ``config.frames`` frames were seen; False after Ctrl-C.

    Raises:
        UserError: learning diverged; says when, how to see it, and where the best policy so far is.
    """
    seen = model.num_timesteps
    try:
        model.learn(config.frames - seen, callback=validation, log_interval=NEVER, reset_num_timesteps=seen == 0)
        model.require_finite_weights()
    except KeyboardInterrupt:
        return False
    except NonFiniteError as error:
        moment = f"That was after {model.num_timesteps:,} frames of the run with seed {config.seed}."
        replay = save_failure_replay(model, config, error, validation.out)
        kept = f"The best policy so far is in {validation.policy.folder}." if validation.best else "No policy was kept."
        raise UserError(f"{error} {moment} {replay} {kept}") from error
    return True
