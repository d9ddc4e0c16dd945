"""An encoder that was trained on labelled frames, with its heads, and the folder that holds it.

The folder has ``encoder.json``, the description, and ``weights.safetensors``. Loading reads JSON and arrays; it never
runs code from the folder. docs/pipeline.md describes the format.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from perception import EncoderName
from perception.encoders import Encoder, make_encoder
from perception.labels import BENDS, TARGETS, Target
from perception.manifest import MAX_WEIGHTS_BYTES, WEIGHTS, FolderFormat, library_versions
from perception.preprocess import describe_preprocessing
from perception.weights import load_weights, pack_weights
from sim.config import CameraConfig
from sim.errors import UserError
from sim.fields import from_fields

SCHEMA_VERSION = 2
DESCRIPTION = "encoder.json"
FOLDER = FolderFormat("encoder", DESCRIPTION, SCHEMA_VERSION, "dashcam pretrain", UserError)


class LaneHeads(nn.Module):
    """Heads that map features to the lane, in SI units, and to the direction of the bend."""

    mean: torch.Tensor
    scale: torch.Tensor

    def __init__(self, features_dim: int, targets: Sequence[Target] = TARGETS) -> None:
        """One linear layer for the numbers, which may be none, and one for the classes ``labels.BENDS``."""
        super().__init__()
        self.targets = tuple(targets)
        self.regression = nn.Linear(features_dim, len(targets)) if targets else None
        self.bend = nn.Linear(features_dim, len(BENDS))
        self.register_buffer("mean", torch.tensor([target.mean for target in targets]), persistent=False)
        self.register_buffer("scale", torch.tensor([target.scale for target in targets]), persistent=False)

    def scaled(self, features: torch.Tensor) -> torch.Tensor:
        """Estimates (B, targets) as the network gives them, (value - mean) / scale, of features (B, features_dim)."""
        if self.regression is None:
            return features.new_zeros(len(features), 0)
        estimates: torch.Tensor = self.regression(features)
        return estimates

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Estimates (B, targets) in the units of their names, and logits (B, 3) of ``labels.BENDS``."""
        return self.scaled(features) * self.scale + self.mean, self.bend(features)


@dataclass(frozen=True)
class PretrainedEncoder:
    """An encoder, its heads, and the camera that they are for."""

    encoder: Encoder
    """Features (B, features_dim) of frames (B, C x stack, H, W), float32 in [0, 1]."""
    heads: LaneHeads
    """Estimates in SI units and bend logits of features."""
    name: EncoderName
    """Name of the encoder."""
    camera: CameraConfig
    """What takes the frames, in the simulator."""
    scores: Mapping[str, Any] = field(default_factory=dict)
    """Its scores on unseen roads, by name; plain data."""

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the estimates, in the order of the heads' columns."""
        return tuple(target.name for target in self.heads.targets)

    def estimate(self, frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Estimates (B, targets) in SI units and bend logits (B, 3) of frames (B, C x stack, H, W) in [0, 1]."""
        estimates: tuple[torch.Tensor, torch.Tensor] = self.heads(self.encoder(frames))
        return estimates


def new_pretrained(
    name: EncoderName | str, camera: CameraConfig, targets: Sequence[Target] = TARGETS
) -> PretrainedEncoder:
    """A randomly initialised encoder with heads for this camera; without ``targets``, it only classifies bends.

    Raises:
        UserError: unknown encoder, or a camera that is too small for it.
    """
    height, width, channels = camera.observation_shape
    encoder = make_encoder(name, channels, height, width)
    return PretrainedEncoder(encoder, LaneHeads(encoder.features_dim, targets), name, camera)  # type: ignore[arg-type]


def save_pretrained(folder: Path | str, pretrained: PretrainedEncoder) -> None:
    """Writes the folder of an encoder."""
    described = {
        "encoder": pretrained.name,
        "features_dim": pretrained.encoder.features_dim,
        "multiply_accumulates": pretrained.encoder.multiply_accumulates,
        "camera": dataclasses.asdict(pretrained.camera),
        "preprocessing": describe_preprocessing(pretrained.camera),
        "targets": [dataclasses.asdict(target) for target in pretrained.heads.targets],
        "bends": list(BENDS),
        "scores": dict(pretrained.scores),
        "libraries": library_versions("dashcam", "torch", "numpy", "safetensors"),
    }
    FOLDER.write(Path(folder), described, {WEIGHTS: pack_weights(_modules(pretrained))})


def load_pretrained(folder: Path | str) -> PretrainedEncoder:
    """Reads what ``save_pretrained`` wrote, in evaluation mode.

    Raises:
        UserError: missing, incomplete, changed, of another version, or not an encoder.
    """
    folder = Path(folder)
    path, description = folder / DESCRIPTION, FOLDER.read_manifest(folder)
    try:
        targets = [
            Target(str(item["name"]), float(item["mean"]), float(item["scale"])) for item in description["targets"]
        ]
        pretrained = new_pretrained(description["encoder"], _camera(description["camera"], path), targets)
        _require(description["bends"] == list(BENDS), path, "bends")
        _require(description["preprocessing"] == describe_preprocessing(pretrained.camera), path, "preprocessing")
        pretrained = dataclasses.replace(pretrained, scores=dict(description["scores"]))
        wanted = description["sha256"][WEIGHTS]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{path} does not describe an encoder of this version ({error!r:.80}).") from error
    weights, modules = FOLDER.read(folder, WEIGHTS, wanted, MAX_WEIGHTS_BYTES), _modules(pretrained)
    load_weights(modules, weights, folder / WEIGHTS, FOLDER)
    modules.eval()
    return pretrained


def _modules(pretrained: PretrainedEncoder) -> nn.ModuleDict:
    return nn.ModuleDict({"encoder": pretrained.encoder, "heads": pretrained.heads})


def _camera(fields: Any, path: Path) -> CameraConfig:
    try:
        return from_fields(CameraConfig, fields)
    except UserError as error:
        raise UserError(f"{path} has an invalid camera: {error}") from error


def _require(agrees: bool, path: Path, name: str) -> None:
    if not agrees:
        raise UserError(f"{path} has {name} that this Dashcam does not know; use the version that wrote it.")
