"""Weights of networks as safetensors: arrays alone, so that loading runs no code."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import nn

from perception.manifest import FolderFormat


def pack_weights(network: nn.Module) -> bytes:
    """The weights as they are now, as safetensors."""
    return save({name: tensor.contiguous() for name, tensor in network.state_dict().items()})


def load_weights(network: nn.Module, data: bytes, path: Path, owner: FolderFormat) -> None:
    """Loads the safetensors ``data`` of the file at ``path`` into ``network``; raises the error of its ``owner``."""
    try:
        tensors = load(data)
        network.load_state_dict(tensors)
    except (SafetensorError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise owner.error(f"{path} does not hold the weights of this {owner.kind}.") from error
    if not all(tensor.dtype == torch.float32 and tensor.isfinite().all() for tensor in tensors.values()):
        raise owner.error(f"{path} holds weights that are not finite numbers; train the {owner.kind} again.")
