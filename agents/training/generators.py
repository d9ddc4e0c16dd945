"""The state of random generators as plain data for JSON, and back."""

import random
from typing import Any

import numpy as np
import torch


def generator_state(generator: np.random.Generator) -> dict[str, Any]:
    """All that decides what a generator will draw."""
    return dict(generator.bit_generator.state)


def set_generator_state(generator: np.random.Generator, state: Any) -> None:
    """Lets a generator go on from ``generator_state``.

    Raises:
        KeyError, TypeError, ValueError, OverflowError: it is not the state of such a generator.
    """
    generator.bit_generator.state = state


def global_states() -> dict[str, Any]:
    """What Python's, NumPy's and PyTorch's global generators will draw."""
    version, words, gauss = random.getstate()
    name, keys, position, has_gauss, cached = np.random.get_state()  # noqa: NPY002  (others may draw from it)
    return {
        "python": [version, list(words), gauss],
        "numpy": [name, np.asarray(keys).tolist(), position, has_gauss, cached],
        "torch": torch.get_rng_state().numpy().tobytes().hex(),
    }


def set_global_states(states: Any) -> None:
    """Lets the global generators go on from ``global_states``.

    Raises:
        KeyError, TypeError, ValueError, OverflowError, RuntimeError: they are not the states of these generators.
    """
    version, words, gauss = states["python"]
    random.setstate((version, tuple(words), gauss))
    name, keys, position, *others = states["numpy"]
    if not 0 <= position <= len(keys):  # NumPy would read beyond them
        raise ValueError("a generator's place is beyond its numbers")
    np.random.set_state((name, np.array(keys, dtype=np.uint32), position, *others))  # noqa: NPY002
    torch.set_rng_state(torch.from_numpy(np.frombuffer(bytes.fromhex(states["torch"]), dtype=np.uint8).copy()))
