"""Trains an encoder on labelled frames: the pose in the lane, the curvature ahead, and the direction of the bend.

Regression is by the smooth L1 loss (Girshick, "Fast R-CNN", ICCV 2015) of all values, classification by cross-entropy.
The learning rate rises and falls once (Smith and Topin, "Super-Convergence", arXiv:1708.07120, 2017). After every
epoch, the network is evaluated on validation roads; the best one is kept, and training stops early when it no longer
improves.
"""

import copy
import dataclasses
import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from perception.augment import mirror_bends, mirror_values, vary_light
from perception.dataset import SPLITS, LabelledFrames, data_camera, read_frames
from perception.encoders import keep_channels_last
from perception.labels import TARGETS
from perception.lane_encoder import LaneHeads, PretrainedEncoder, new_pretrained
from perception.preprocess import channels_first, fitted_camera, stack_frames, to_unit_range
from perception.scores import score
from perception.settings import PretrainConfig
from perception.shards import map_shards, set_gradients
from sim.config import CameraConfig
from sim.errors import UserError
from sim.types import FloatArray, IntArray

EVALUATED_TOGETHER = 1024  # frames
RISING = 0.1  # share of the training during which the step size rises
SMOOTH_BELOW = 0.1  # scaled error up to which the loss is quadratic


@dataclass(frozen=True)
class Epoch:
    """Results after one pass over the training frames."""

    number: int
    train_loss: float
    validation_loss: float
    scores: dict[str, Any]
    """Of the validation roads, see ``perception.scores``."""


@dataclass
class PretrainResult:
    """The outcome of training."""

    pretrained: PretrainedEncoder
    """The best network, with its scores on test roads unless Ctrl-C ended those."""
    epochs: list[Epoch] = field(default_factory=list)
    """All passes."""
    ended_by: str = ""
    """Why it ended early, if it did."""


Watch = Callable[[int, Epoch | None], None]
"""Told the frames learned from so far, and of each pass that has ended."""


class Examples:
    """Observations of one split and their labels, as a network takes them."""

    def __init__(self, data: LabelledFrames, pretrained: PretrainedEncoder) -> None:
        """Finds the frames of each stack; no frame is copied yet."""
        self.data, self.pretrained = data, pretrained
        self._rows = data.stack_indices(pretrained.camera.stack)
        values = [data.columns[name] for name in pretrained.targets]
        self.values = torch.from_numpy(np.stack(values, axis=1)) if values else torch.zeros(len(data), 0)
        self.bends = torch.from_numpy(data.columns["bend"])

    def __len__(self) -> int:
        return len(self.data)

    def observations(self, rows: IntArray) -> torch.Tensor:
        """Observations (B, C x stack, H, W) of ``rows`` (B,), float32 in [0, 1], channels last in memory."""
        return to_unit_range(channels_first(stack_frames(self.data.frames[self._rows[rows]])))


class NonFiniteLossError(Exception):
    """Training diverged."""

    def __init__(self, number: int) -> None:
        """Says in which pass."""
        super().__init__(f"Training diverged in pass {number}: the loss is not a finite number.")


def pretrain(config: PretrainConfig, folder: Path, watch: Watch) -> PretrainResult:
    """Trains on the frames in ``folder``; Ctrl-C, and a non-finite loss, end early and keep the best so far.

    Raises:
        UserError: the frames are damaged or incomplete, the camera is too small, or training diverged at once.
        KeyboardInterrupt: Ctrl-C before the first pass was over.
    """
    torch.manual_seed(config.seed)
    camera = _camera(config, data_camera(folder))
    pretrained = new_pretrained(config.encoder, camera, TARGETS if config.task == "lane" else ())
    train, validation, test = (read_frames(folder, split, camera) for split in SPLITS)
    keep_channels_last(pretrained.encoder)
    result = PretrainResult(pretrained)
    best = _Best(pretrained, config.patience)
    try:
        for epoch in _learn(config, Examples(train, pretrained), Examples(validation, pretrained), watch):
            result.epochs.append(epoch)
            if not best.take(epoch):
                break
    except KeyboardInterrupt:
        if not result.epochs:
            raise
        result.ended_by = "Ctrl-C"
    except NonFiniteLossError as error:
        if not result.epochs:
            raise UserError(f"{error} Nothing was kept; lower learning_rate.") from error
        result.ended_by = str(error)
    best.restore()
    try:
        result.pretrained = dataclasses.replace(pretrained, scores=evaluate(Examples(test, pretrained))[1])
    except KeyboardInterrupt:
        result.ended_by = "Ctrl-C"
    return result


def _camera(config: PretrainConfig, data: CameraConfig) -> CameraConfig:
    """The camera to learn for, from frames that ``data`` took."""
    given = {name: getattr(config, name) for name in ("width", "height", "color", "stack")}
    changes = {name: value for name, value in given.items() if value is not None}
    return fitted_camera(data, dataclasses.replace(data, **changes))


class _Best:
    """Keeps the weights of the best network so far."""

    def __init__(self, pretrained: PretrainedEncoder, patience: int) -> None:
        self._modules = nn.ModuleList([pretrained.encoder, pretrained.heads])
        self._patience, self._waited, self._loss = patience, 0, math.inf
        self._weights = copy.deepcopy(self._modules.state_dict())

    def take(self, epoch: Epoch) -> bool:
        """Records an epoch; returns whether to train on."""
        if epoch.validation_loss < self._loss:
            self._loss, self._waited = epoch.validation_loss, 0
            self._weights = copy.deepcopy(self._modules.state_dict())
        else:
            self._waited += 1
        return self._waited < self._patience

    def restore(self) -> None:
        """Puts the best weights back."""
        self._modules.load_state_dict(self._weights)
        self._modules.eval()


def _learn(config: PretrainConfig, train: Examples, validation: Examples, watch: Watch) -> Iterator[Epoch]:
    """Trains the network of the examples, one pass after another."""
    modules = nn.ModuleList([train.pretrained.encoder, train.pretrained.heads])
    parameters = list(modules.parameters())
    batches = max(len(train) // config.batch_size, 1)
    optimizer = torch.optim.Adam(parameters, lr=config.learning_rate, fused=True)
    random = np.random.default_rng(config.seed)
    done = 0
    for number in range(1, config.epochs + 1):
        modules.train()
        total = 0.0
        for rows in np.array_split(random.permutation(len(train)), batches):
            total += _update(train, rows, config, parameters, int(random.integers(2**62)))
            if not math.isfinite(total):
                raise NonFiniteLossError(number)
            done += len(rows)
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * _step_share(done / (config.epochs * len(train)))
            optimizer.step()
            watch(done, None)
        modules.eval()
        validation_loss, scores = evaluate(validation, config.bend_weight)
        if not math.isfinite(validation_loss):
            raise NonFiniteLossError(number)
        epoch = Epoch(number, total / batches, validation_loss, scores)
        watch(done, epoch)
        yield epoch


def _step_share(progress: float) -> float:
    """Share of the peak learning rate at a share of the training, 0 to 1: linear warm-up, then cosine decay."""
    falling = max(progress - RISING, 0.0) / (1.0 - RISING)
    return min(progress / RISING, 0.5 * (1.0 + math.cos(math.pi * falling)))


def _update(
    train: Examples, rows: IntArray, config: PretrainConfig, parameters: list[nn.Parameter], seed: int
) -> float:
    """Sets the gradients of the mean loss of a batch, which the shards of it add up to; returns the loss."""

    def gradients(part: slice) -> tuple[float, tuple[torch.Tensor, ...]]:
        mine = rows[part]
        generator = torch.Generator().manual_seed(seed + part.start)
        frames, *labels = _augmented(train, mine, config, generator)
        outputs = _outputs(train.pretrained, frames)
        loss = _loss(outputs, (labels[0], labels[1]), train.pretrained.heads, config.bend_weight)
        share = len(mine) / len(rows)
        return share * float(loss.item()), torch.autograd.grad(share * loss, parameters)

    shards = map_shards(gradients, len(rows))
    set_gradients(parameters, [some for _, some in shards])
    return sum(loss for loss, _ in shards)


def _augmented(
    train: Examples, rows: IntArray, config: PretrainConfig, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Frames, values and classes of a batch, some of them mirrored or in other light."""
    frames, values, bends = train.observations(rows), train.values[rows], train.bends[rows]
    if config.mirror > 0.0:
        mirrored = torch.rand(len(rows), generator=generator) < config.mirror
        frames = torch.where(mirrored[:, None, None, None], frames.flip(3), frames)
        values = torch.where(mirrored[:, None], mirror_values(values, train.pretrained.targets), values)
        bends = torch.where(mirrored, mirror_bends(bends), bends)
    if config.light > 0.0:
        frames = vary_light(frames, config.light, generator)
    return frames, values, bends


def _outputs(pretrained: PretrainedEncoder, frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Scaled estimates (B, targets) and bend logits (B, 3) of frames (B, C x stack, H, W)."""
    features = pretrained.encoder(frames)
    return pretrained.heads.scaled(features), pretrained.heads.bend(features)


def _loss(
    outputs: tuple[torch.Tensor, torch.Tensor],
    labels: tuple[torch.Tensor, torch.Tensor],
    heads: LaneHeads,
    bend_weight: float,
) -> torch.Tensor:
    """Mean loss of scaled estimates and logits: that of the estimates and, weighted beside it, that of the classes."""
    bend_loss = F.cross_entropy(outputs[1], labels[1])
    if not heads.targets:
        return bend_loss
    wanted = (labels[0] - heads.mean) / heads.scale
    return F.smooth_l1_loss(outputs[0], wanted, beta=SMOOTH_BELOW) + bend_weight * bend_loss


def evaluate(examples: Examples, bend_weight: float = 0.0) -> tuple[float, dict[str, Any]]:
    """Mean loss, and scores as in ``perception.scores``, of the network of the examples."""
    outputs = _all_outputs(examples)
    loss = _loss(outputs, (examples.values, examples.bends), examples.pretrained.heads, bend_weight)
    return float(loss), score(*_in_units(outputs, examples.pretrained), examples.data.columns)


def estimate(examples: Examples) -> tuple[dict[str, FloatArray], IntArray]:
    """Estimates (N,) by name in SI units, and bend classes (N,), of the network of the examples."""
    return _in_units(_all_outputs(examples), examples.pretrained)


def _in_units(
    outputs: tuple[torch.Tensor, torch.Tensor], pretrained: PretrainedEncoder
) -> tuple[dict[str, FloatArray], IntArray]:
    estimates = (outputs[0] * pretrained.heads.scale + pretrained.heads.mean).numpy().astype(np.float64)
    return dict(zip(pretrained.targets, estimates.T, strict=True)), outputs[1].argmax(dim=1).numpy()


def _all_outputs(examples: Examples) -> tuple[torch.Tensor, torch.Tensor]:
    """Scaled estimates (N, targets) and logits (N, 3) of all examples, some at a time."""
    parts = []
    for first in range(0, len(examples), EVALUATED_TOGETHER):
        rows = np.arange(first, min(first + EVALUATED_TOGETHER, len(examples)))
        parts += map_shards(functools.partial(_outputs_of, examples, rows), len(rows))
    estimates, logits = (torch.cat(column) for column in zip(*parts, strict=True))
    return estimates, logits


@torch.inference_mode()
def _outputs_of(examples: Examples, rows: IntArray, part: slice) -> tuple[torch.Tensor, torch.Tensor]:
    return _outputs(examples.pretrained, examples.observations(rows[part]))
