"""Trains an encoder on labelled frames: where the car is in its lane, how the road bends, and which way.

Regression is by the smooth L1 loss (Girshick, "Fast R-CNN", ICCV 2015) of all values, classification by cross-entropy.
The step size rises and falls once (Smith and Topin, "Super-Convergence", arXiv:1708.07120, 2017). After every pass
over the training roads, the network is tried on validation roads; the best one is kept, and training ends early when
it no longer gets better.
"""

import copy
import dataclasses
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from perception.augment import mirror_bends, mirror_frames, mirror_values, vary_light
from perception.dataset import LabelledFrames, read_frames
from perception.labels import TARGETS
from perception.preprocess import channels_first, stack_frames, to_unit_range
from perception.pretrained import PretrainedEncoder, new_pretrained
from perception.scores import score
from perception.settings import PretrainConfig
from sim.errors import UserError
from sim.types import FloatArray, IntArray

THREADS = 2  # more would wait for one another: the networks are small
EVALUATED_TOGETHER = 512  # frames
SMOOTH_BELOW = 0.1  # scaled error up to which the loss is quadratic


@dataclass(frozen=True)
class Epoch:
    """How training stands after a pass over the frames."""

    number: int
    train_loss: float
    validation_loss: float
    scores: dict[str, Any]
    """Of the validation roads, see ``perception.scores``."""


@dataclass
class PretrainResult:
    """What training came to."""

    pretrained: PretrainedEncoder
    """The best network, with its scores on test roads."""
    epochs: list[Epoch] = field(default_factory=list)
    """All passes."""
    ended_by: str = ""
    """What cut it short, if anything did."""


Watch = Callable[[int, Epoch | None], None]
"""Told the frames learned from so far, and of each pass that has ended."""


class Examples:
    """Observations of one split and their labels, as a network takes them."""

    def __init__(self, data: LabelledFrames, pretrained: PretrainedEncoder) -> None:
        """Finds the frames of each stack; no frame is copied yet."""
        self.data, self.pretrained = data, pretrained
        self._rows = data.stack_indices(int(pretrained.camera["stack"]))
        values = [data.columns[name] for name in pretrained.targets]
        self.values = torch.from_numpy(np.stack(values, axis=1)) if values else torch.zeros(len(data), 0)
        self.bends = torch.from_numpy(data.columns["bend"])

    def __len__(self) -> int:
        return len(self.data)

    def observations(self, rows: IntArray) -> torch.Tensor:
        """Observations (B, C x stack, H, W) of ``rows`` (B,), float32 in [0, 1], channels last in memory."""
        return to_unit_range(channels_first(stack_frames(self.data.frames[self._rows[rows]])))


class DivergenceError(Exception):
    """The loss is no longer a number."""


def pretrain(config: PretrainConfig, folder: Path, watch: Watch) -> PretrainResult:
    """Trains on the frames in ``folder``; Ctrl-C, and a loss that is no number, end early and keep the best so far.

    Raises:
        UserError: the frames are damaged or incomplete, the camera is too small, or training diverged at once.
        KeyboardInterrupt: Ctrl-C before the first pass was over.
    """
    torch.set_num_threads(min(THREADS, os.cpu_count() or 1))
    torch.manual_seed(config.seed)
    train, validation = read_frames(folder, "train"), read_frames(folder, "validation")
    stack = config.stack or int(train.camera["stack"])
    pretrained = new_pretrained(
        config.encoder, {**train.camera, "stack": stack}, TARGETS if config.task == "lane" else ()
    )
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
    except DivergenceError as error:
        if not result.epochs:
            raise UserError(f"{error} Nothing was kept; lower learning_rate.") from error
        result.ended_by = str(error)
    best.restore()
    examples = Examples(read_frames(folder, "test"), pretrained)
    result.pretrained = dataclasses.replace(pretrained, scores=evaluate(examples)[1])
    return result


class _Best:
    """Keeps the weights of the best network so far."""

    def __init__(self, pretrained: PretrainedEncoder, patience: int) -> None:
        self._modules = nn.ModuleList([pretrained.encoder, pretrained.heads])
        self._patience, self._waited, self._loss = patience, 0, math.inf
        self._weights = copy.deepcopy(self._modules.state_dict())

    def take(self, epoch: Epoch) -> bool:
        """Takes in how training stands; whether it should go on."""
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
    pretrained = train.pretrained
    modules = nn.ModuleList([pretrained.encoder, pretrained.heads])
    batches = max(len(train) // config.batch_size, 1)
    optimizer = torch.optim.Adam(modules.parameters(), lr=config.learning_rate, fused=True)
    step_size = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.learning_rate, total_steps=config.epochs * batches, pct_start=0.1
    )
    order = np.random.default_rng(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    for number in range(1, config.epochs + 1):
        modules.train()
        total = 0.0
        for batch, rows in enumerate(np.array_split(order.permutation(len(train)), batches)):
            frames, values, bends = _augmented(train, rows, config, generator)
            loss = _loss(pretrained, frames, values, bends, config.bend_weight)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            step_size.step()
            total += loss.item()
            if not math.isfinite(total):
                raise DivergenceError(f"Training diverged in pass {number}: the loss is not a finite number.")
            watch((number - 1) * len(train) + (batch + 1) * len(rows), None)
        modules.eval()
        validation_loss, scores = evaluate(validation, config.bend_weight)
        epoch = Epoch(number, total / batches, validation_loss, scores)
        watch(number * len(train), epoch)
        yield epoch


def _augmented(
    train: Examples, rows: IntArray, config: PretrainConfig, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Frames, values and classes of a batch, some of them mirrored or in other light."""
    frames, values, bends = train.observations(rows), train.values[rows], train.bends[rows]
    if config.mirror > 0.0:
        mirrored = torch.rand(len(rows), generator=generator) < config.mirror
        frames = torch.where(mirrored[:, None, None, None], mirror_frames(frames), frames)
        values = torch.where(mirrored[:, None], mirror_values(values, train.pretrained.targets), values)
        bends = torch.where(mirrored, mirror_bends(bends), bends)
    if config.light > 0.0:
        frames = vary_light(frames, config.light, generator)
    return frames, values, bends


def _loss(
    pretrained: PretrainedEncoder, frames: torch.Tensor, values: torch.Tensor, bends: torch.Tensor, bend_weight: float
) -> torch.Tensor:
    """Mean loss of a batch: that of the estimates and, weighted beside them, that of the classes."""
    heads = pretrained.heads
    features = pretrained.encoder(frames)
    bend_loss = F.cross_entropy(heads.bend(features), bends)
    if not heads.targets:
        return bend_loss
    wanted = (values - heads.mean) / heads.scale
    return F.smooth_l1_loss(heads.scaled(features), wanted, beta=SMOOTH_BELOW) + bend_weight * bend_loss


def evaluate(examples: Examples, bend_weight: float = 0.0) -> tuple[float, dict[str, Any]]:
    """Mean loss, and scores as in ``perception.scores``, of the network of the examples."""
    total = 0.0
    with torch.inference_mode():
        for rows in _chunks(len(examples)):
            frames, values, bends = examples.observations(rows), examples.values[rows], examples.bends[rows]
            total += len(rows) * float(_loss(examples.pretrained, frames, values, bends, bend_weight))
    return total / len(examples), score(*estimate(examples), examples.data.columns)


def estimate(examples: Examples) -> tuple[dict[str, FloatArray], IntArray]:
    """Estimates (N,) by name in SI units, and bend classes (N,), of the network of the examples."""
    values, classes = [], []
    with torch.inference_mode():
        for rows in _chunks(len(examples)):
            some, logits = examples.pretrained.estimate(examples.observations(rows))
            values.append(some.numpy())
            classes.append(logits.argmax(dim=1).numpy())
    table = np.concatenate(values).astype(np.float64)
    return dict(zip(examples.pretrained.targets, table.T, strict=True)), np.concatenate(classes)


def _chunks(count: int) -> list[IntArray]:
    return np.array_split(np.arange(count), -(-count // EVALUATED_TOGETHER))
