"""Work on a batch in two shards, on two threads.

The networks here are too small to be worked on by several threads at a time: waiting for one another costs more than it
saves, and everything stalls when another program takes a core. So every shard runs on one thread of its own. There are
always as many shards, whatever the machine, and their results are put together in order: on one core or on eight, the
same seed learns the same weights.
"""

import functools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import torch

SHARDS = 2
SMALLEST_BATCH = 16  # below, the second thread costs more than it saves

Result = TypeVar("Result")


def map_shards(function: Callable[[slice], Result], batch_size: int) -> list[Result]:
    """Results of ``function`` for every shard of a batch, in order; it gets the shard's place in the batch.

    From the first call on, PyTorch's operations use one thread each in the whole process; a forked child starts afresh.
    """
    threads = _threads()
    if batch_size < SMALLEST_BATCH:
        return [function(slice(0, batch_size))]
    bounds = [shard * batch_size // SHARDS for shard in range(SHARDS + 1)]
    places = [slice(first, last) for first, last in pairwise(bounds)]
    others = [threads.submit(function, place) for place in places[1:]]
    return [function(places[0]), *(other.result() for other in others)]


def set_gradients(
    parameters: Sequence[torch.Tensor], shards: Sequence[Sequence[torch.Tensor]], count: float = 1.0
) -> None:
    """Sets each parameter's gradient to the sum of the shards', divided by ``count``, in the parameter's own layout.

    A fused optimiser takes for granted that both lie alike in memory, and says nothing where they do not.
    """
    for parameter, *parts in zip(parameters, *shards, strict=True):
        parameter.grad = torch.empty_like(parameter).copy_(sum(parts[1:], parts[0]) / count)


@functools.cache
def _threads() -> ThreadPoolExecutor:
    torch.set_num_threads(1)
    return ThreadPoolExecutor(SHARDS - 1, thread_name_prefix="shard", initializer=torch.set_num_threads, initargs=(1,))


def _reset_after_fork() -> None:
    """In a forked child neither our threads nor PyTorch's are there any more: who waits for them waits for ever."""
    _threads.cache_clear()
    torch.set_num_threads(1)


if hasattr(os, "register_at_fork"):  # Windows cannot fork
    os.register_at_fork(after_in_child=_reset_after_fork)
