"""A trained policy: its network in PyTorch, written to a bundle and read from one.

Loading reads JSON and arrays; it never runs code from the folder.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike

from agents.bundles.bundle import (
    BUNDLE,
    DESCRIPTION,
    STATE,
    TOLD,
    BundleError,
    bundle_folder,
    read_description,
    read_part,
)
from agents.learning.heads import make_head
from agents.learning.network import DrivingNetwork, FeatureNetwork
from agents.words import legible
from perception.manifest import WEIGHTS, library_versions
from perception.preprocess import channels_first, describe_preprocessing
from perception.shards import map_shards
from perception.weights import load_weights, pack_weights
from sim.actions import action_table
from sim.config import CONTROL_PERIOD, EnvConfig
from sim.errors import UserError
from sim.fields import from_fields
from sim.types import ByteArray, Float32Array, IntArray


@dataclass(frozen=True)
class Policy:
    """A network and what it was made for."""

    network: DrivingNetwork
    config: EnvConfig
    encoder: str
    head: str
    name: str

    def q_values(self, frames: ByteArray, state: ArrayLike | None = None) -> Float32Array:
        """Q-values (N, actions), float32.

        Args:
            frames: (N, H, W, C x stack) uint8, the newest frame in the last channels.
            state: (N, 2) numbers, speed [m/s] and steering angle [rad], in towns (N, 7), see ``sim.navigator``; needed
                where the policy observes it. A policy of roads ignores what a navigator tells.

        Raises:
            UserError: a policy of towns observes the state, but there is no navigator.
        """
        states = self.known_state(state)

        def rate(part: slice) -> Float32Array:
            camera = channels_first(frames[part])
            with torch.inference_mode():
                values = self.network(camera, None if states is None else torch.from_numpy(states[part]))
            return np.asarray(values.numpy())

        return np.concatenate(map_shards(rate, len(frames)))

    def known_state(self, state: ArrayLike | None) -> Float32Array | None:
        """The columns that the policy observes, (N, 2 or 7); None where it observes frames alone."""
        columns = state_columns(self.config)
        if state is None or not columns:
            return None
        states = np.asarray(state, dtype=np.float32)
        if states.shape[1] < len(columns):
            raise UserError(
                f"{self.name} drives in towns, where a navigator tells it the way, but these roads have none; "
                "drive it in towns with --road town."
            )
        return np.ascontiguousarray(states[:, : len(columns)])

    def act(self, frames: ByteArray, state: ArrayLike | None = None) -> IntArray:
        """The best action of each car, (N,) int64."""
        return np.asarray(self.q_values(frames, state).argmax(axis=1))


def save_policy(policy: Policy, folder: Path | str, others: Mapping[str, bytes] | None = None) -> None:
    """Writes the policy and ``others``, contents by file name, as a bundle."""
    BUNDLE.write(Path(folder), describe(policy), {WEIGHTS: pack_weights(policy.network), **(others or {})})


def describe(policy: Policy) -> dict[str, Any]:
    """The description in ``policy.json``: how the policy was made, and all that is needed to drive with it."""
    return {
        "encoder": policy.encoder,
        "head": policy.head,
        "environment": dataclasses.asdict(policy.config),
        **_interface(policy.config),
        "libraries": library_versions(
            "dashcam", "gymnasium", "stable-baselines3", "torch", "numpy", "onnx", "onnxscript"
        ),
    }


def _interface(config: EnvConfig) -> dict[str, Any]:
    camera, actions = config.camera, config.actions
    return {
        "frames": {
            "height": camera.height,
            "width": camera.width,
            "channels": camera.channels,
            "stack": camera.stack,
            "dtype": "uint8",
        },
        "state": state_columns(config),
        "preprocessing": describe_preprocessing(camera),
        "actions": {
            "steering": actions.steering,
            "steering_limit_rad": actions.steering_limit,
            "table": action_table(actions).tolist(),
        },
        "control_period_s": CONTROL_PERIOD,
    }


def state_columns(config: EnvConfig) -> list[str]:
    """Names of the numbers beside the frames that an agent observes in this environment."""
    if config.observation == "camera":
        return []
    return [*STATE, *TOLD] if config.roads.kind == "town" else list(STATE)


def load_policies(paths: Sequence[Path | str], taken: Iterable[str] = ()) -> list[Policy]:
    """Policies in these folders, or the reference policy, with distinct names.

    Their paths stand for names where two have the same one, or one has a name that is ``taken`` by others beside them.

    Raises:
        BundleError: see ``load_policy``.
        UserError: see ``load_policy``.
    """
    folders = [Path(path) for path in paths]
    policies = [load_policy(folder) for folder in folders or (None,)]
    names = [*(policy.name for policy in policies), *taken]
    if len(set(names)) == len(names):
        return policies
    words = [legible(str(path) if len(path.parts) > 1 else f"./{path}") for path in folders]
    return [dataclasses.replace(policy, name=word) for policy, word in zip(policies, words, strict=True)]


def load_policy(path: Path | str | None = None) -> Policy:
    """Loads a bundle, the best policy of a run folder, or for None the reference policy.

    Raises:
        BundleError: not there, incomplete, changed, or not a policy.
        UserError: it describes an invalid environment, or an unknown encoder or head.
    """
    folder = bundle_folder(path)
    description = read_description(folder)
    try:
        config = from_fields(EnvConfig, description["environment"])
        encoder, head = str(description["encoder"]), str(description["head"])
        network = empty_network(config, encoder, head)
    except (KeyError, TypeError, AttributeError) as error:
        raise BundleError(
            f"{folder / DESCRIPTION} does not describe a policy of this version ({error!r:.80})."
        ) from error
    for name, value in _interface(config).items():
        if description.get(name) != value:
            raise BundleError(f"{folder / DESCRIPTION} contradicts itself: {name} do not fit its environment.")
    load_weights(network, read_part(folder, WEIGHTS, description), folder / WEIGHTS, BUNDLE)
    return Policy(network.eval(), config, encoder, head, name=_name(path))


def empty_network(config: EnvConfig, encoder: str, head: str) -> DrivingNetwork:
    """A randomly initialised network for this environment."""
    features = FeatureNetwork(config, encoder)
    return DrivingNetwork(features, make_head(head, features.features_dim, config.actions))


def _name(path: Path | str | None) -> str:
    return "reference" if path is None else legible(Path(path).resolve().name)
