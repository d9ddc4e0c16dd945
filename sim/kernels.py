"""How numerical code is compiled: cached on disk, without the GIL, and without re-ordering of arithmetic.

``fastmath`` stays off, so that a result depends neither on the number of cars nor on the number of threads.

Most kernels only borrow arrays that their caller in Python owns, so they do not count references: counting in every
call and every slice takes a quarter of the time of a frame.
"""

import warnings
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numba
from numba import types
from numba.extending import intrinsic

from sim.numba_private import compile_cached


def _enable_compilation() -> None:
    """Takes ``NUMBA_DISABLE_JIT`` back: as Python, kernels are another program, whose numbers of 32 bits overflow."""
    settings: Any = numba.config
    if settings.DISABLE_JIT:
        settings.DISABLE_JIT = 0
        warnings.warn(
            "NUMBA_DISABLE_JIT is set, but Dashcam cannot run without compiled code; Numba compiles in this program.",
            RuntimeWarning,
            stacklevel=2,
        )


_enable_compilation()


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiles a function of one car, one road or one pixel. It may not make arrays."""
    return compile_cached(function)


def allocating_kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiles a function that makes arrays, or calls one that does."""
    return compile_cached(function, counts_references=True)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiles a part of a loop over pixels into its callers, so that many of them are worked on at a time."""
    return compile_cached(function, inline="always")


def parallel_kernel(function: Any) -> Callable[..., Any]:
    """Compiles a loop over cars; ``numba.prange`` marks it.

    The copy under another name keeps it apart in the cache from the same loop compiled without threads.
    """
    copy = FunctionType(function.__code__, function.__globals__)
    copy.__qualname__ = f"{function.__qualname__}_parallel"
    return compile_cached(copy, parallel=True)


def _fma(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """A x b + c of float32 numbers, rounded once (IEEE 754 fusedMultiplyAdd): one instruction, the same everywhere."""
    signature = types.float32(types.float32, types.float32, types.float32)
    return signature, lambda context, builder, signature, arguments: builder.fma(*arguments)


fma: Any = intrinsic(_fma)
