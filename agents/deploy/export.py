"""From a trained policy to a bundle that drives without PyTorch."""

import copy
import dataclasses
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

from agents.bundles.bundle import CARD, MODEL, SCORECARD, read_beside, read_description
from agents.learning.network import DrivingNetwork
from agents.policy import Policy, describe, save_policy
from agents.runtime import Runtime
from sim.config import EnvConfig
from sim.drivers import RandomDriver
from sim.errors import UserError
from sim.observation import greatest_state
from sim.types import ByteArray, Float32Array
from sim.world import World

CHECKED_FRAMES = 1_000
TOLERANCE = 1e-4  # greatest difference of Q-values, where they are about 1; float32 rounds in another order
OPSET = 20  # of ONNX 1.15, 2023; onnxruntime runs it from 1.17 on
CARS = 50


def export_bundle(policy: Policy, source: Path, out: Path) -> float:
    """Writes the bundle and returns the greatest difference of Q-values between PyTorch and ONNX.

    Scores and card in ``source``, the policy's folder, go along to ``out``, an empty or new one.

    Raises:
        UserError: the two do not agree, or ``out`` cannot be written.
        BundleError: scores or card were changed.
    """
    described = read_description(source)
    parts = {name: read_beside(source, name, described) for name in (SCORECARD, CARD)}
    model = to_onnx(policy)
    difference = _compare(policy, Runtime(describe(policy), model, out / MODEL))
    try:
        save_policy(policy, out, {MODEL: model, **{name: data for name, data in parts.items() if data is not None}})
    except OSError as error:
        raise UserError(f"{out} cannot be written ({error.strerror}); choose another folder with --out.") from error
    return difference


def to_onnx(policy: Policy) -> bytes:
    """The network as an ONNX model, weights and preprocessing included.

    Inputs ``frames`` (N, H, W, C x stack) uint8 and, where the policy observes it, ``state`` (N, 2 or 7) float32;
    output ``q_values`` (N, actions) float32. N is free.
    """
    examples = 2  # of one, the exporter would take the N for a constant
    inputs = {"frames": torch.zeros((examples, *policy.config.camera.observation_shape), dtype=torch.uint8)}
    if policy.config.observation == "camera+state":
        inputs["state"] = torch.zeros((examples, len(greatest_state(policy.config))))
    batch = torch.export.Dim("N")
    with _quiet():
        program = torch.onnx.export(
            _AsObserved(copy.deepcopy(policy.network)).eval(),
            tuple(inputs.values()),
            input_names=list(inputs),
            output_names=["q_values"],
            dynamic_shapes=tuple({0: batch} for _ in inputs),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    model: bytes = _anonymous(program.model_proto).SerializeToString(deterministic=True)
    return model


def rendered_observations(config: EnvConfig, count: int) -> tuple[ByteArray, Float32Array]:
    """Observations of a random driver on training roads, always the same.

    Returns:
        Frames (count, H, W, C x stack) uint8, and state (count, 2 or 7) float32.
    """
    roads = dataclasses.replace(config.roads, pool_size=1, preload=False)
    world = World(dataclasses.replace(config, roads=roads), num_cars=CARS)
    world.seed(list(range(CARS)))
    world.reset()
    driver = RandomDriver()
    frames, state = [], []
    for _ in range(0, count, CARS):
        frames.append(world.frames.copy())
        state.append(world.vehicle_state)
        world.step(driver.commands(world), restart=True)
    return np.concatenate(frames)[:count], np.concatenate(state)[:count]


class _AsObserved(nn.Module):
    """The network, with frames as the environment gives them."""

    def __init__(self, network: DrivingNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, frames: torch.Tensor, state: torch.Tensor | None = None) -> torch.Tensor:
        values: torch.Tensor = self.network(frames.permute(0, 3, 1, 2), state)
        return values


def _compare(policy: Policy, runtime: Runtime) -> float:
    frames, state = rendered_observations(policy.config, CHECKED_FRAMES)
    wanted = policy.q_values(frames, state)
    difference = float(np.abs(runtime.q_values(frames, state) - wanted).max())
    if not difference <= TOLERANCE * max(1.0, float(np.abs(wanted).max())):
        raise UserError(
            f"The exported model differs from the policy by {difference:.1e} in Q-values, so nothing was written; "
            "make sure that its weights are finite."
        )
    return difference


def _anonymous(model: onnx.ModelProto) -> onnx.ModelProto:
    """Without the notes of where each node comes from: they name files of the machine that exported it."""
    graph = model.graph
    for item in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        item.ClearField("metadata_props")
        item.ClearField("doc_string")
    return model


@contextmanager
def _quiet() -> Iterator[None]:
    """PyTorch's exporter warns of what it does itself, and of libraries that are not needed."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
