"""Encoders: any size from 36 x 36 on, and what they say of themselves."""

import pytest
import torch

from perception.encoders import ENCODERS, make_encoder
from perception.preprocess import to_unit_range
from sim.errors import UserError


@pytest.mark.parametrize("name", sorted(ENCODERS))
@pytest.mark.parametrize(("channels", "height", "width"), [(1, 36, 36), (2, 64, 64), (3, 96, 96), (3, 66, 200)])
def test_every_encoder_takes_every_camera(name: str, channels: int, height: int, width: int) -> None:
    encoder = make_encoder(name, channels, height, width)
    features = encoder(torch.rand(5, channels, height, width))
    assert features.shape == (5, encoder.features_dim)
    features.sum().backward()
    assert all(parameter.grad is not None for parameter in encoder.parameters())


@pytest.mark.parametrize("name", sorted(ENCODERS))
def test_small_cameras_are_refused_with_the_size_that_would_do(name: str) -> None:
    with pytest.raises(UserError, match="36 x 36 px or more, but the camera gives 64 x 35"):
        make_encoder(name, 3, 35, 64)


def test_unknown_encoder_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UserError, match="nature, pilotnet, convnet, fast"):
        make_encoder("resnet-9000", 3, 96, 96)


def test_nature_encoder_costs_what_its_paper_describes() -> None:
    """84 x 84 x 4: 20 x 20 x 32 x (8 x 8 x 4) + 9 x 9 x 64 x (4 x 4 x 32) + 7 x 7 x 64 x (3 x 3 x 64) + 3136 x 512."""
    encoder = make_encoder("nature", 4, 84, 84)
    assert encoder.multiply_accumulates == 3_276_800 + 2_654_208 + 1_806_336 + 1_605_632
    assert encoder.features_dim == 512


def test_fast_encoder_is_the_cheapest() -> None:
    costs = {name: make_encoder(name, 2, 64, 64).multiply_accumulates for name in ENCODERS}
    assert min(costs, key=lambda name: costs[name]) == "fast"


def test_frames_are_scaled_to_the_unit_range() -> None:
    scaled = to_unit_range(torch.tensor([[0, 51, 255]], dtype=torch.uint8))
    assert scaled.dtype == torch.float32
    assert torch.allclose(scaled, torch.tensor([[0.0, 0.2, 1.0]]))


def test_scaling_leaves_its_input_alone() -> None:
    frames = torch.full((2, 1, 4, 4), 255.0)
    assert torch.equal(to_unit_range(frames), torch.ones(2, 1, 4, 4))
    assert torch.equal(frames, torch.full((2, 1, 4, 4), 255.0))
