"""How numerical code is compiled: cached on disk, without the GIL, and without re-ordering of arithmetic.

``fastmath`` stays off, so that a result depends neither on the number of cars nor on the number of threads.

Most kernels only borrow arrays that their caller in Python owns, so they do not count references (``_nrt``, a private
option of Numba's): counting in every call and every slice takes a quarter of the time of a frame.
"""

import warnings
from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any

import numba
from numba.core import types
from numba.extending import intrinsic

from sim.kernel_cache import KernelCache


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
    return _cached(function, parallel=False)


def allocating_kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiles a function that makes arrays, or calls one that does."""
    return _cached(function, parallel=False, _nrt=True)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiles a part of a loop over pixels into its callers, so that many of them are worked on at a time."""
    return _cached(function, parallel=False, inline="always")


def parallel_kernel(function: Any) -> Callable[..., Any]:
    """Compiles a loop over cars; ``numba.prange`` marks it.

    The copy under another name keeps it apart in the cache from the same loop compiled without threads.
    """
    copy = FunctionType(function.__code__, function.__globals__)
    copy.__qualname__ = f"{function.__qualname__}_parallel"
    return _cached(copy, parallel=True)


def _fma(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """A x b + c of float32 numbers, rounded once (IEEE 754 fusedMultiplyAdd): one instruction, the same everywhere."""
    signature = types.float32(types.float32, types.float32, types.float32)
    return signature, lambda context, builder, signature, arguments: builder.fma(*arguments)


fma: Any = intrinsic(_fma)


def is_compiled(compiled: Any) -> bool:
    """Whether a kernel is there, in memory or on the disk."""
    return bool(compiled.signatures) or (isinstance(compiled._cache, KernelCache) and compiled._cache.holds_any())


def _cached(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    options = {"nogil": True, "error_model": "numpy", "_nrt": False, **options}
    compiled: Any = numba.njit(function, **options)
    try:
        compiled._cache = KernelCache(function)
    except RuntimeError:  # Numba found no folder to keep compiled code in
        _warn_of_no_cache()
    return compiled  # type: ignore[no-any-return]


@cache
def _warn_of_no_cache() -> None:
    warnings.warn(
        "Compiled code cannot be kept, because neither the installation nor the user's cache folder can be written; "
        "every start compiles anew. Set NUMBA_CACHE_DIR to a folder that can be written.",
        RuntimeWarning,
        stacklevel=2,
    )
