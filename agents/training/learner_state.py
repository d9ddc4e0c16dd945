"""All that decides how a learner goes on: networks, optimiser, cars, replay, generators and counters, as plain data.

Everything is exact: a learner that was put into the state of another does from there on, bit for bit, what that one
does. Only the frames of the replay are left out here, since they are larger than all the rest by far.
"""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from agents.learning.dqn import DrivingDQN
from agents.learning.encoded import EncodedVecEnv
from agents.learning.replay import TERMINAL, FrameReplay
from agents.learning.vec_env import DashcamVecEnv
from agents.training.generators import generator_state, global_states, set_generator_state, set_global_states
from sim.errors import UserError
from sim.snapshot import Arrays

MOST_FLAGS = 2 * TERMINAL - 1
_OPTIMIZER_STATES: dict[type[torch.optim.Optimizer], set[str]] = {
    torch.optim.Adam: {"step", "exp_avg", "exp_avg_sq"},
    torch.optim.RMSprop: {"step", "square_avg", "grad_avg"},
}
_NETWORK, _OPTIMIZER, _CARS, _REPLAY = "network/", "optimizer/", "cars/", "replay/"


def learner_arrays(model: DrivingDQN, *, replay: bool) -> Arrays:
    """Live arrays of a learner that has begun to learn, by name; with ``replay``, its records too."""
    cars = cars_of(model)
    named = {f"{_NETWORK}{name}": tensor for name, tensor in model.policy.state_dict().items()}
    named |= {f"{_OPTIMIZER}{name}": tensor for name, tensor in _optimizer_tensors(model).items()}
    arrays = {name: tensor.detach().numpy() for name, tensor in named.items()}
    arrays |= {f"{_CARS}{name}": array for name, array in _all_of_cars(cars).items()}
    if replay:
        arrays |= {f"{_REPLAY}{name}": array for name, array in replay_of(model).records.items()}
    return arrays


def learner_values(model: DrivingDQN) -> dict[str, Any]:
    """Counters, and the states of all generators, as data for JSON."""
    return {
        "frames": model.num_timesteps,
        "updates": model._n_updates,
        "episodes": model._episode_num,
        "exploration_rate": model.exploration_rate,
        "generators": {
            "cars": [generator_state(generator) for generator in cars_of(model).generators],
            "actions": generator_state(model.action_random),
            "first_actions": generator_state(model.action_space.np_random),
            "replay": generator_state(replay_of(model).random),
            "global": global_states(),
        },
    }


def put_learner(model: DrivingDQN, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]) -> None:
    """Puts a learner that has not begun into the state of another one with the same settings.

    Args:
        model: The learner.
        arrays: ``learner_arrays`` of the other one; the replay stays empty where its records are not among them.
        values: ``learner_values`` of the other one.

    Raises:
        UserError: arrays or values do not fit this learner, or cannot be.
    """
    _put_networks(model, arrays)
    _put_optimizer(model, arrays)
    _put_cars(model, arrays)
    if f"{_REPLAY}written" in arrays:
        _put_records(model, arrays)
    else:
        replay_of(model).records["begins"][:] = cars_of(model).lengths == 0
    try:
        _put_values(model, values)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise UserError(f"Its counters and generators are not those of a run ({error!r:.200}).") from error


def cars_of(model: DrivingDQN) -> DashcamVecEnv:
    """The cars that a learner drives."""
    assert model.env is not None
    return cast(DashcamVecEnv, model.env.unwrapped)


def replay_of(model: DrivingDQN) -> FrameReplay:
    """The replay that a learner learns from."""
    return cast(FrameReplay, model.replay_buffer)


def _all_of_cars(cars: DashcamVecEnv) -> Arrays:
    return {**cars.world.snapshot(), "returns": cars.returns, "lengths": cars.lengths}


def _optimizer_tensors(model: DrivingDQN) -> dict[str, torch.Tensor]:
    """The optimiser's tensors: those of parameter 3 are 3/step, 3/exp_avg and so on; none before the first update."""
    optimizer = model.policy.optimizer
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    return {
        f"{number}/{name}": tensor
        for number, parameter in enumerate(parameters)
        for name, tensor in optimizer.state.get(parameter, {}).items()
    }


def _put_networks(model: DrivingDQN, arrays: Mapping[str, NDArray[Any]]) -> None:
    assert model.env is not None
    live = model.policy.state_dict()
    before = {name: tensor.clone() for name, tensor in live.items() if ".encoder." in name}
    _copy({f"{_NETWORK}{name}": tensor.detach().numpy() for name, tensor in live.items()}, arrays)
    if isinstance(model.env, EncodedVecEnv) and not all(torch.equal(live[name], before[name]) for name in before):
        raise UserError("The pretrained encoder that it uses was changed since; it cannot go on with another one.")


def _put_optimizer(model: DrivingDQN, arrays: Mapping[str, NDArray[Any]]) -> None:
    optimizer = model.policy.optimizer
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for name, array in arrays.items():
        if name.startswith(_OPTIMIZER):
            number, _, key = name.removeprefix(_OPTIMIZER).partition("/")
            if not number.isdecimal() or int(number) >= len(parameters):
                raise UserError(f"{name} is not of this run's optimiser.")
            parameter = parameters[int(number)]
            optimizer.state[parameter][key] = _laid_out_as(parameter, name, array)
    if any(set(state) != _OPTIMIZER_STATES[type(optimizer)] for state in optimizer.state.values()):
        raise UserError("The state of its optimiser is that of another kind.")


def _laid_out_as(parameter: torch.Tensor, name: str, array: NDArray[Any]) -> torch.Tensor:
    """A tensor of the optimiser, in its parameter's own layout, which fused optimisers take for granted."""
    if array.dtype != np.float32 or array.shape not in {(), tuple(parameter.shape)}:
        raise UserError(f"{name} is {array.dtype} {array.shape}, but float32 {tuple(parameter.shape)} is needed.")
    empty = torch.empty(()) if array.shape == () else torch.empty_like(parameter)
    return empty.copy_(torch.from_numpy(array))


def _put_cars(model: DrivingDQN, arrays: Mapping[str, NDArray[Any]]) -> None:
    cars = cars_of(model)
    live = {f"{_CARS}{name}": array for name, array in _all_of_cars(cars).items()}
    _require_alike(live, arrays)
    wanted = {name: arrays[f"{_CARS}{name}"] for name in cars.world.snapshot()}
    for car, generator in enumerate(cars.generators):
        cars.world.set_generator(car, generator)
    cars.world.restore(wanted)
    cars.returns[:], cars.lengths[:] = arrays[f"{_CARS}returns"], arrays[f"{_CARS}lengths"]
    model._last_obs = cast(Any, model.env).observations()


def _put_records(model: DrivingDQN, arrays: Mapping[str, NDArray[Any]]) -> None:
    replay = replay_of(model)
    live = {f"{_REPLAY}{name}": array for name, array in replay.records.items()}
    _copy(live, arrays)
    actions, flags, written = replay.records["actions"], replay.records["flags"], replay.records["written"]
    choices = int(model.action_space.n)  # type: ignore[attr-defined]
    if actions.min() < 0 or actions.max() >= choices or flags.max() > MOST_FLAGS or written.min() < 0:
        raise UserError("The records of its replay cannot be: a number is out of its range.")


def _put_values(model: DrivingDQN, values: Mapping[str, Any]) -> None:
    generators, cars = values["generators"], cars_of(model)
    for generator, state in zip(cars.generators, generators["cars"], strict=True):
        set_generator_state(generator, state)
    set_generator_state(model.action_random, generators["actions"])
    set_generator_state(model.action_space.np_random, generators["first_actions"])
    set_generator_state(replay_of(model).random, generators["replay"])
    set_global_states(generators["global"])
    model.num_timesteps, model._n_updates = int(values["frames"]), int(values["updates"])
    model._episode_num, model.exploration_rate = int(values["episodes"]), float(values["exploration_rate"])


def _copy(live: Mapping[str, NDArray[Any]], arrays: Mapping[str, NDArray[Any]]) -> None:
    _require_alike(live, arrays)
    for name, array in live.items():
        array[...] = arrays[name]


def _require_alike(live: Mapping[str, NDArray[Any]], arrays: Mapping[str, NDArray[Any]]) -> None:
    for name, array in live.items():
        given = arrays.get(name)
        if given is None or given.shape != array.shape or given.dtype != array.dtype:
            found = "not there" if given is None else f"{given.dtype} {given.shape}"
            raise UserError(f"{name} is {found}, but {array.dtype} {array.shape} is needed.")
