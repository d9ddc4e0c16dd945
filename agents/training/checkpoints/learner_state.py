"""The state of a learner as plain data: networks, optimiser, cars, replay, generators and counters.

The state is exact: a learner that is restored from it continues bit for bit as the original. Only the frames of the
replay are left out here, since they are far larger than all the rest.
"""

import random
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from agents.learning.dqn import DrivingDQN
from agents.learning.encoded import EncodedVecEnv
from agents.learning.replay import TERMINAL
from agents.learning.vec_env import DashcamVecEnv
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
    cars = model.cars
    named = {f"{_NETWORK}{name}": tensor for name, tensor in model.policy.state_dict().items()}
    named |= {f"{_OPTIMIZER}{name}": tensor for name, tensor in _optimizer_tensors(model).items()}
    arrays = {name: tensor.detach().numpy() for name, tensor in named.items()}
    arrays |= {f"{_CARS}{name}": array for name, array in _all_of_cars(cars).items()}
    if replay:
        arrays |= {f"{_REPLAY}{name}": array for name, array in model.replay.records.items()}
    return arrays


def learner_values(model: DrivingDQN) -> dict[str, Any]:
    """Counters, and the states of all generators, as data for JSON."""
    return {
        "frames": model.num_timesteps,
        "updates": model.updates,
        "exploration_rate": model.exploration_rate,
        "generators": {
            "cars": [generator.bit_generator.state for generator in model.cars.generators],
            "actions": model.action_random.bit_generator.state,
            "first_actions": model.action_space.np_random.bit_generator.state,
            "replay": model.replay.random.bit_generator.state,
            "global": _global_states(),
        },
    }


def restore_learner(model: DrivingDQN, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]) -> None:
    """Puts a learner that has not begun into the state of another one with the same settings.

    Args:
        model: The learner.
        arrays: ``learner_arrays`` of the other one; the replay stays empty where its records are not among them.
        values: ``learner_values`` of the other one.

    Raises:
        UserError: arrays or values do not fit this learner, or are invalid.
    """
    _restore_networks(model, arrays)
    _restore_optimizer(model, arrays)
    _restore_cars(model, arrays)
    if f"{_REPLAY}written" in arrays:
        _restore_records(model, arrays)
    else:
        model.replay.records["begins"][:] = model.cars.lengths == 0
    try:
        _restore_values(model, values)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise UserError(f"Its counters and generators are not those of a run ({error!r:.200}).") from error


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


def _restore_networks(model: DrivingDQN, arrays: Mapping[str, NDArray[Any]]) -> None:
    assert model.env is not None
    live = model.policy.state_dict()
    before = {name: tensor.clone() for name, tensor in live.items() if ".encoder." in name}
    _copy({f"{_NETWORK}{name}": tensor.detach().numpy() for name, tensor in live.items()}, arrays)
    if isinstance(model.env, EncodedVecEnv) and not all(torch.equal(live[name], before[name]) for name in before):
        raise UserError(
            "The pretrained encoder that it uses was changed since; the run cannot resume with another one."
        )


def _restore_optimizer(model: DrivingDQN, arrays: Mapping[str, NDArray[Any]]) -> None:
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


def _restore_cars(model: DrivingDQN, arrays: Mapping[str, NDArray[Any]]) -> None:
    cars = model.cars
    live = {f"{_CARS}{name}": array for name, array in _all_of_cars(cars).items()}
    _require_alike(live, arrays)
    wanted = {name: arrays[f"{_CARS}{name}"] for name in cars.world.snapshot()}
    for car, generator in enumerate(cars.generators):
        cars.world.set_generator(car, generator)
    cars.world.restore(wanted)
    cars.returns[:], cars.lengths[:] = arrays[f"{_CARS}returns"], arrays[f"{_CARS}lengths"]
    model.observations = cast(Any, model.env).observations()


def _restore_records(model: DrivingDQN, arrays: Mapping[str, NDArray[Any]]) -> None:
    replay = model.replay
    live = {f"{_REPLAY}{name}": array for name, array in replay.records.items()}
    _copy(live, arrays)
    actions, flags, written = replay.records["actions"], replay.records["flags"], replay.records["written"]
    choices = int(model.action_space.n)  # type: ignore[attr-defined]
    if actions.min() < 0 or actions.max() >= choices or flags.max() > MOST_FLAGS or written.min() < 0:
        raise UserError("The records of its replay are invalid: a number is out of range.")


def _restore_values(model: DrivingDQN, values: Mapping[str, Any]) -> None:
    generators, cars = values["generators"], model.cars
    for generator, state in zip(cars.generators, generators["cars"], strict=True):
        generator.bit_generator.state = state
    model.action_random.bit_generator.state = generators["actions"]
    model.action_space.np_random.bit_generator.state = generators["first_actions"]
    model.replay.random.bit_generator.state = generators["replay"]
    _restore_global_states(generators["global"])
    model.num_timesteps, model.updates = int(values["frames"]), int(values["updates"])
    model.exploration_rate = float(values["exploration_rate"])


def _global_states() -> dict[str, Any]:
    """The states of Python's, NumPy's and PyTorch's global generators."""
    version, words, gauss = random.getstate()
    name, keys, position, has_gauss, cached = np.random.get_state()  # noqa: NPY002  (others may draw from it)
    return {
        "python": [version, list(words), gauss],
        "numpy": [name, np.asarray(keys).tolist(), position, has_gauss, cached],
        "torch": torch.get_rng_state().numpy().tobytes().hex(),
    }


def _restore_global_states(states: Any) -> None:
    version, words, gauss = states["python"]
    random.setstate((version, tuple(words), gauss))
    name, keys, position, *others = states["numpy"]
    if not 0 <= position <= len(keys):  # NumPy would read beyond them
        raise ValueError("a generator's place is beyond its numbers")
    np.random.set_state((name, np.array(keys, dtype=np.uint32), position, *others))  # noqa: NPY002
    torch.set_rng_state(torch.from_numpy(np.frombuffer(bytes.fromhex(states["torch"]), dtype=np.uint8).copy()))


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
