"""Encoders: convolutional networks that turn a frame into features.

Each takes float32 frames (B, C, H, W) in [0, 1] and returns features (B, features_dim). They work with any frame from
36 x 36 pixels on, the smallest that the Nature network's unpadded convolutions can reduce to 1 x 1.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import cast

import torch
from torch import nn
from torch.nn import functional as F

from perception import EncoderName
from sim.errors import UserError
from sim.fields import quoted

MIN_ENCODER_SIZE = 36  # px
SMALL = 200_000  # numbers in an observation; with fewer, no encoder has too many weights
MOST_WEIGHTS = 125_000_000  # of one network: 500 MB as float32, the most that a file of weights may have


class Encoder(nn.Module):
    """A convolutional part, flattened, and a dense part."""

    def __init__(self, convolutions: nn.Sequential, dense: Callable[[int], nn.Sequential], shape: "FrameShape") -> None:
        """Joins both parts; the width of the dense part's input follows from one forward pass.

        Args:
            convolutions: Maps (B, C, H, W) to (B, c, h, w).
            dense: Builds the dense part for a number of inputs.
            shape: (channels, height, width) of the frames.
        """
        super().__init__()
        self.convolutions = nn.Sequential(*convolutions, nn.Flatten())
        with torch.no_grad():
            flat = self.convolutions(torch.zeros(1, *shape))
            self.dense = dense(flat.shape[1])
            self.features_dim = int(self.dense(flat).shape[1])
        self.multiply_accumulates = _count_multiply_accumulates(self, shape)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Features (B, features_dim) of frames (B, C, H, W), float32 in [0, 1]."""
        return cast(torch.Tensor, self.dense(self.convolutions(frames)))


FrameShape = tuple[int, int, int]  # channels, height, width


def nature(shape: FrameShape) -> Encoder:
    """Mnih et al., "Human-level control through deep reinforcement learning", Nature 518, 2015: 512 features."""
    convolutions = nn.Sequential(
        *_convolution(shape[0], 32, 8, stride=4), *_convolution(32, 64, 4, stride=2), *_convolution(64, 64, 3)
    )
    return Encoder(convolutions, lambda inputs: _dense(inputs, 512), shape)


def pilotnet(shape: FrameShape) -> Encoder:
    """Bojarski et al., "End to End Learning for Self-Driving Cars", arXiv:1604.07316, 2016: 50 features.

    Made for 66 x 200 pixels. Here its convolutions are padded, so that smaller frames pass, and the last dense layer of
    10, which led to the single steering output, is left to the agent's head.
    """
    convolutions = nn.Sequential(
        *_convolution(shape[0], 24, 5, stride=2, padding=2),
        *_convolution(24, 36, 5, stride=2, padding=2),
        *_convolution(36, 48, 5, stride=2, padding=2),
        *_convolution(48, 64, 3, padding=1),
        *_convolution(64, 64, 3, padding=1),
    )
    return Encoder(convolutions, lambda inputs: _dense(inputs, 100, 50), shape)


def convnet(shape: FrameShape) -> Encoder:
    """Two 3 x 3 convolutions with max-pooling and a dense layer: the plain CNN of textbooks, 64 features.

    Its inputs are centred, as in ``fast``.
    """
    convolutions = nn.Sequential(
        StandardizedConv2d(shape[0], 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        *_convolution(32, 64, 3),
        nn.MaxPool2d(2),
    )
    return Encoder(convolutions, lambda inputs: _dense(inputs, 64), shape)


def fast(shape: FrameShape) -> Encoder:
    """Three strided convolutions and one dense layer, sized for wall-clock time on two cores: 128 features.

    Centred inputs and a normalised dense layer (Ba et al., "Layer Normalization", arXiv:1607.06450, 2016) halve the
    number of updates that it needs.
    """
    convolutions = nn.Sequential(
        StandardizedConv2d(shape[0], 16, 8, stride=4),
        nn.ReLU(),
        *_convolution(16, 32, 4, stride=2),
        *_convolution(32, 32, 3),
    )
    return Encoder(
        convolutions, lambda inputs: nn.Sequential(nn.Linear(inputs, 128), nn.LayerNorm(128), nn.ReLU()), shape
    )


class StandardizedConv2d(nn.Conv2d):
    """Convolution of frames in [0, 1] that are first centred and scaled by the mean m and spread s of road scenes.

    A convolution is linear, so its own weights take both over, and no frame is copied for it:
        w * (x - m) / s + b = (w / s) * x + (b - m sum(w / s))
    """

    MEAN, SPREAD = 0.4, 0.33

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """The convolution (B, c, h, w) of frames (B, C, H, W)."""
        assert self.bias is not None
        weight = self.weight / self.SPREAD
        bias = self.bias - self.MEAN * weight.sum(dim=(1, 2, 3))
        return F.conv2d(frames, weight, bias, self.stride)


ENCODERS: dict[EncoderName, Callable[[FrameShape], Encoder]] = {
    "nature": nature,
    "pilotnet": pilotnet,
    "convnet": convnet,
    "fast": fast,
}


def make_encoder(name: EncoderName | str, channels: int, height: int, width: int) -> Encoder:
    """Builds an encoder for frames of ``channels`` x ``height`` x ``width``.

    Raises:
        UserError: unknown name, frames below 36 x 36, or so large that no file could hold the weights.
    """
    if name not in ENCODERS:
        raise UserError(f"Encoder {quoted(name)} is unknown; choose one of {', '.join(ENCODERS)}.")
    if min(height, width) < MIN_ENCODER_SIZE:
        raise UserError(
            f"Encoder {name} needs frames of {MIN_ENCODER_SIZE} x {MIN_ENCODER_SIZE} px or more, "
            f"but the camera gives {width} x {height}; choose a larger camera."
        )
    shape = (channels, height, width)
    if math.prod(shape) > SMALL:
        _require_room(name, shape)
    return ENCODERS[name](shape)


def _require_room(name: EncoderName, shape: FrameShape) -> None:
    """Makes sure, before any memory is taken, that an encoder's weights are as many as a file can hold."""
    with torch.device("meta"):  # which knows all shapes, and holds no numbers
        weights = sum(item.numel() for item in ENCODERS[name](shape).parameters())
    if weights > MOST_WEIGHTS:
        raise UserError(
            f"Encoder {name} for frames of {shape[2]} x {shape[1]} px would have {weights:,} weights, but may have "
            f"{MOST_WEIGHTS:,}; choose a smaller camera."
        )


def keep_channels_last(encoder: Encoder) -> None:
    """Lays the weights of convolutions out as frames are, so that neither is copied in training."""
    for layer in encoder.modules():
        if isinstance(layer, nn.Conv2d):
            layer.weight.data = layer.weight.data.to(memory_format=torch.channels_last)


def _convolution(inputs: int, outputs: int, size: int, stride: int = 1, padding: int = 0) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, size, stride, padding), nn.ReLU()]


def _dense(*widths: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers)


def _count_multiply_accumulates(encoder: Encoder, shape: FrameShape) -> int:
    """Multiply-accumulates of one frame's forward pass, biases and activations left out."""
    total = 0
    values = torch.zeros(1, *shape)
    with torch.no_grad():
        for layer in (*encoder.convolutions, *encoder.dense):
            values = layer(values)
            if isinstance(layer, nn.Conv2d):
                total += values[0].numel() * layer.weight[0].numel()
            elif isinstance(layer, nn.Linear):
                total += layer.weight.numel()
    return total
