"""How fast the runtime drives on one core, and how closely it follows PyTorch.

python -m tools.timing.runtime
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

from agents.console import figures_table, plain_console
from agents.deploy.export import rendered_observations
from agents.policy import Policy, load_policy
from agents.roads import TEST_SEEDS
from agents.runtime import Runtime
from agents.scoring.evaluate import PolicyDriver, drive
from agents.words import percentage
from perception.shards import map_shards
from sim.types import ByteArray, Float32Array, FloatArray
from sim.world import World

FRAMES = 10_000
TIMED_FRAMES = 3_000
WARM_UP = 200


class RuntimeDriver:
    """The runtime at the wheel of the simulator."""

    name = "runtime"

    def __init__(self, runtime: Runtime) -> None:
        """Drives with ``runtime``."""
        self._runtime = runtime

    def commands(self, world: World) -> FloatArray:
        """Commands (N, 2); see ``Driver``."""
        return self._runtime.act(world.frames, world.vehicle_state)


def main(bundle: Annotated[Path | None, tyro.conf.Positional] = None) -> None:
    """Measures and prints.

    Args:
        bundle: A bundle that ``dashcam export`` made; the reference policy if none is named.
    """
    policy, runtime = load_policy(bundle), Runtime.load(bundle)
    frames, state = rendered_observations(policy.config, FRAMES)
    title = f"{policy.name}: {policy.encoder}, {policy.config.camera.observation_shape}"
    table = figures_table("of the runtime", "result", "aim", title=title)
    for row in (*_speed(policy, runtime, frames, state), *_agreement(policy, runtime, frames, state)):
        table.add_row(*row)
    ours, theirs = (
        drive(driver, policy.config, TEST_SEEDS).totals for driver in (RuntimeDriver(runtime), PolicyDriver(policy))
    )
    table.add_row(f"success on {ours.roads} roads", f"{percentage(ours.success_rate)}%", "")
    table.add_row("that of PyTorch", f"{percentage(theirs.success_rate)}%", "within 1 point")
    plain_console().print(table)


def _speed(policy: Policy, runtime: Runtime, frames: ByteArray, state: Float32Array) -> Iterator[tuple[str, str, str]]:
    """One frame at a time, as they come from a camera, to commands."""
    stack = runtime.frame_stack()
    newest = np.ascontiguousarray(frames[..., -runtime.interface.channels :])

    def with_runtime(index: int) -> None:
        runtime.act(stack.push(newest[index]), state[index : index + 1])

    def with_torch(index: int) -> None:
        policy.act(frames[index : index + 1], state[index : index + 1])

    map_shards(lambda _: None, 1)  # from here on PyTorch has one thread too
    with _one_core():
        times, theirs = _times(with_runtime), _times(with_torch)
    yield "ms/frame, median of one core", f"{np.median(times):.3f}", "<= 0.5"
    yield "ms/frame, 99th percentile", f"{np.percentile(times, 99):.3f}", ""
    yield "ms/frame with PyTorch, median", f"{np.median(theirs):.3f}", ""


def _agreement(
    policy: Policy, runtime: Runtime, frames: ByteArray, state: Float32Array
) -> Iterator[tuple[str, str, str]]:
    ours, theirs = runtime.q_values(frames, state), policy.q_values(frames, state)
    same = float((ours.argmax(axis=1) == theirs.argmax(axis=1)).mean())
    yield f"greatest |Q difference| on {len(frames):,} frames", f"{np.abs(ours - theirs).max():.1e}", "<= 1e-4"
    yield "same action", f"{percentage(same, 2)}%", ">= 99.9 %"


def _times(decide: Callable[[int], None]) -> FloatArray:
    """Time of each frame [ms]."""
    for index in range(WARM_UP):
        decide(index)
    times = np.empty(TIMED_FRAMES)
    for index in range(TIMED_FRAMES):
        before = time.perf_counter()
        decide(index)
        times[index] = 1e3 * (time.perf_counter() - before)
    return times


@contextmanager
def _one_core() -> Iterator[None]:
    """Keeps this thread on one core, where the system lets it."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


if __name__ == "__main__":
    tyro.cli(main)
