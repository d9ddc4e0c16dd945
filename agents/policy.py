"""A trained policy as a folder: ``policy.json`` says what it is, ``weights.safetensors`` holds the network.

Loading reads JSON and arrays; it never runs code from the folder.
"""

import dataclasses
import hashlib
import importlib.metadata
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from agents.heads import make_head
from agents.network import DrivingNetwork, FeatureNetwork
from agents.shards import map_shards
from sim.actions import action_table
from sim.config import CONTROL_PERIOD, EnvConfig, from_fields
from sim.errors import UserError
from sim.types import ByteArray, Float32Array, IntArray

SCHEMA_VERSION = 1
DESCRIPTION = "policy.json"
WEIGHTS = "weights.safetensors"
MAX_DESCRIPTION_BYTES = 1_000_000
MAX_WEIGHTS_BYTES = 500_000_000
REFERENCE = Path(__file__).parent / "policies" / "reference"
_LIBRARIES = ("dashcam", "gymnasium", "stable-baselines3", "torch", "numpy")


@dataclass(frozen=True)
class Policy:
    """A network and what it was made for."""

    network: DrivingNetwork
    config: EnvConfig
    encoder: str
    head: str
    name: str

    @property
    def num_actions(self) -> int:
        """How many actions it chooses from."""
        return len(action_table(self.config.actions))

    def q_values(self, frames: ByteArray, state: Float32Array | None = None) -> Float32Array:
        """Q-values (N, actions), float32.

        Args:
            frames: (N, H, W, C x stack) uint8, the newest frame in the last channels.
            state: (N, 2) float32, speed [m/s] and steering angle [rad]; needed where the policy observes it.
        """

        def rate(part: slice) -> Float32Array:
            camera = torch.from_numpy(frames[part]).permute(0, 3, 1, 2)
            with torch.inference_mode():
                values = self.network(camera, None if state is None else torch.from_numpy(state[part]))
            return np.asarray(values.numpy())

        return np.concatenate(map_shards(rate, len(frames)))

    def act(self, frames: ByteArray, state: Float32Array | None = None) -> IntArray:
        """The best action of each car, (N,) int64."""
        return np.asarray(self.q_values(frames, state).argmax(axis=1))


def save_policy(policy: Policy, folder: Path) -> None:
    """Writes the bundle; the description comes last, so a folder without it is known to be incomplete."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = save_tensors({name: tensor.contiguous() for name, tensor in policy.network.state_dict().items()})
    _write_whole(folder / WEIGHTS, weights)
    description = {
        "schema_version": SCHEMA_VERSION,
        "encoder": policy.encoder,
        "head": policy.head,
        "environment": dataclasses.asdict(policy.config),
        "actions": action_table(policy.config.actions).tolist(),
        "control_period_s": CONTROL_PERIOD,
        "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
        "sha256": {WEIGHTS: hashlib.sha256(weights).hexdigest()},
    }
    _write_whole(folder / DESCRIPTION, (json.dumps(description, indent=2) + "\n").encode())


def load_policy(path: Path | None = None) -> Policy:
    """Loads a bundle, the best policy of a run, or the reference policy.

    Args:
        path: A policy bundle or a run folder with one in ``policy/``; None for the reference policy.

    Raises:
        UserError: not there, incomplete, changed, or not a policy.
    """
    folder = _bundle_folder(path)
    description = _read_description(folder / DESCRIPTION)
    try:
        config = from_fields(EnvConfig, description["environment"])
        encoder, head = str(description["encoder"]), str(description["head"])
        digest = str(description["sha256"][WEIGHTS])
        network = empty_network(config, encoder, head)
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{folder / DESCRIPTION} does not describe a policy of this version ({error!r}).") from error
    _load_weights(network, folder / WEIGHTS, digest)
    return Policy(network.eval(), config, encoder, head, name=_name(path))


def empty_network(config: EnvConfig, encoder: str, head: str) -> DrivingNetwork:
    """A network for this environment with weights by chance."""
    features = FeatureNetwork(config, encoder)
    return DrivingNetwork(features, make_head(head, features.features_dim, config.actions))


def _bundle_folder(path: Path | None) -> Path:
    if path is None:
        return REFERENCE
    if not path.exists():
        raise UserError(f"There is no policy at {path}; name a run folder or a policy folder, or train one first.")
    folder = path / "policy" if (path / "policy").is_dir() else path
    if not folder.is_dir() or not (folder / DESCRIPTION).is_file():
        raise UserError(f"{path} is not a policy: there is no {DESCRIPTION} in it; name a run or a policy folder.")
    return folder


def _name(path: Path | None) -> str:
    return "reference" if path is None else path.resolve().name


def _read_description(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_DESCRIPTION_BYTES:
            raise UserError(f"{path} is larger than any policy's description; it is not one.")
        description = json.loads(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not valid JSON; the policy is damaged or was made by something else.") from error
    if not isinstance(description, dict) or "schema_version" not in description:
        raise UserError(f"{path} does not describe a policy: it has no schema_version.")
    version = description["schema_version"]
    if version != SCHEMA_VERSION:
        raise UserError(
            f"{path} has schema version {version!r}, but this Dashcam reads {SCHEMA_VERSION}; "
            "use the version that wrote it, or train again."
        )
    return description


def _load_weights(network: DrivingNetwork, path: Path, digest: str) -> None:
    try:
        if path.stat().st_size > MAX_WEIGHTS_BYTES:
            raise UserError(f"{path} is larger than any policy's weights; it is not one.")
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); the policy is incomplete.") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise UserError(f"{path} is not the file that {DESCRIPTION} describes (its SHA-256 differs): it was changed.")
    try:
        network.load_state_dict(load_tensors(data))
    except (SafetensorError, RuntimeError) as error:
        raise UserError(f"{path} does not hold the weights of this policy's network.") from error


def _write_whole(path: Path, data: bytes) -> None:
    """Writes under another name first, so that nobody sees half a file."""
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(data)
    temporary.replace(path)
