"""Where an update's time goes, and how far it is from the arithmetic limit of this machine.

python -m tools.timing.update
"""

import dataclasses
import statistics
import time
from collections.abc import Callable
from typing import Any, cast

import torch
import tyro
from torch import nn

from agents.config import preset
from agents.console import figures_table, plain_console
from agents.learning.allocator import keep_freed_memory
from agents.learning.build import NEVER, build_model
from agents.learning.dqn import DrivingDQN
from agents.learning.replay import FrameReplay
from perception.encoders import make_encoder
from perception.shards import SHARDS, map_shards

REPEATS = 60
LIMIT_BATCH = 128  # frames of the network that shows what the cores can do
PASSES = 4  # forward: values, next values; backward counts twice


def main(preset_name: str = "quick") -> None:
    """Measures and prints.

    Args:
        preset_name: The preset whose update is measured.
    """
    keep_freed_memory()
    config = dataclasses.replace(preset(preset_name), buffer_frames=20_000)
    model = build_model(config)
    model.learn(config.learning_starts + 4 * config.num_cars, log_interval=NEVER)
    times = _measure(_parts(model, config.batch_size))
    operations = 2 * PASSES * config.batch_size * _multiply_accumulates(model)
    limit = operations / _operations_per_second() * 1e3
    table = figures_table("part", "ms", title=f"{preset_name}, batch {config.batch_size}, {SHARDS} threads")
    for name, milliseconds in {**times, "at the rate of the Nature CNN": limit}.items():
        table.add_row(name, f"{milliseconds:.2f}")
    console = plain_console()
    console.print(table)
    console.print(
        f"An update takes {times['update'] / limit:.2f} times as long as that ({operations / 1e9:.2f} GFLOP)."
    )


def _parts(model: DrivingDQN, batch_size: int) -> dict[str, Callable[[], Any]]:
    replay = cast(FrameReplay, model.replay_buffer)
    cars, entries = replay.draw(batch_size)

    def gradients(part: slice) -> Any:
        return model.gradients(replay.gather(cars[part], entries[part]))

    return {
        "update": lambda: model.update(batch_size),
        "  draw": lambda: replay.draw(batch_size),
        "  gather": lambda: map_shards(lambda part: replay.gather(cars[part], entries[part]), batch_size),
        "  gather and gradients": lambda: map_shards(gradients, batch_size),
        "  optimiser": model.policy.optimizer.step,
        "  target follows": model.follow,
    }


def _measure(parts: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Median times [ms], the parts in turn."""
    times: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(REPEATS):
        for name, part in parts.items():
            start = time.perf_counter()
            part()
            times[name].append(1e3 * (time.perf_counter() - start))
    return {name: statistics.median(values) for name, values in times.items()}


def _multiply_accumulates(model: DrivingDQN) -> int:
    """Of one observation's Q-values."""
    network = model.driving_network()
    dense = sum(layer.weight.numel() for layer in network.head.modules() if isinstance(layer, nn.Linear))
    return network.features.encoder.multiply_accumulates + dense


def _operations_per_second() -> float:
    """Multiplications and additions a second of a large, well-known network, forward and backward, on all threads."""
    network = make_encoder("nature", channels=4, height=84, width=84)
    weights, frames = list(network.parameters()), torch.rand(LIMIT_BATCH, 4, 84, 84)

    def gradients(part: slice) -> Any:
        return torch.autograd.grad(network(frames[part]).sum(), weights)

    work = {"nature": lambda: map_shards(gradients, LIMIT_BATCH)}
    return 2 * 3 * LIMIT_BATCH * network.multiply_accumulates / (_measure(work)["nature"] / 1e3)


if __name__ == "__main__":
    tyro.cli(main)
