"""Compiles kernels and keeps them on disk: all that uses private parts of Numba. A test names the release.

Numba's own cache trusts its files: one that is cut short ends the program, and two programs that compile versions of
one kernel at a time can be given each other's. Here every version has files of its own, each ends with its SHA-256,
and what cannot be read is compiled again. docs/decisions/004-cache-key-of-kernels.md says what makes a file valid.
"""

import hashlib
import io
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import FunctionCache, IndexDataCacheFile

_said: set[str] = set()


def compile_cached(
    function: Callable[..., Any], *, parallel: bool = False, inline: str = "never", counts_references: bool = False
) -> Callable[..., Any]:
    """Compiles a function when it is first called with arguments of new types, unless that version is on disk.

    Without ``counts_references`` it may not make arrays.
    """
    options: Any = {"parallel": parallel, "inline": inline, "_nrt": counts_references}
    compiled: Any = numba.njit(function, nogil=True, error_model="numpy", **options)
    try:
        compiled._cache = KernelCache(function)
    except RuntimeError:  # Numba found no folder to keep compiled code in
        _warn_of_no_cache()
    return compiled  # type: ignore[no-any-return]


def is_compiled(compiled: Any) -> bool:
    """Whether a kernel is there, in memory or on the disk."""
    return bool(compiled.signatures) or (isinstance(compiled._cache, KernelCache) and compiled._cache.holds_any())


@cache
def _warn_of_no_cache() -> None:
    warnings.warn(
        "Compiled code cannot be kept, because neither the installation nor the user's cache folder can be written; "
        "every start compiles anew. Set NUMBA_CACHE_DIR to a folder that can be written.",
        RuntimeWarning,
        stacklevel=2,
    )


class KernelCache(FunctionCache):
    """The compiled versions of one kernel on the disk."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Finds the folder: beside the sources, or the user's.

        Raises:
            RuntimeError: neither can be written.
        """
        super().__init__(function)
        self._stamp = self._impl.locator.get_source_stamp()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The version for these types, or None where there is none that can be used."""
        try:
            self._cache_file = self._file_of(sig, target_context.codegen())
            return super().load_overload(sig, target_context)
        except Exception:  # whatever reading, unpickling or linking makes of broken bytes
            _say_once("damaged", f"Compiled code in {self.cache_path} is damaged or unreadable; it is compiled again.")
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keeps a version, in the place of a damaged one if need be; goes on without where the disk refuses."""
        try:
            self._cache_file = self._file_of(sig, data.codegen)
            super().save_overload(sig, data)
        except OSError as error:
            why = f"Compiled code cannot be kept in {self.cache_path} ({error.strerror}), so every start compiles"
            _say_once("not kept", f"{why}: make room, or set NUMBA_CACHE_DIR to another folder.")

    def holds_any(self) -> bool:
        """Whether a version of this kernel is kept that is still valid."""
        names = [path.stem for path in Path(self.cache_path).glob(f"{self._impl.filename_base}.*.nbi")]
        return any(_SealedFile(self.cache_path, name, self._stamp).is_valid() for name in names)

    def _file_of(self, sig: Any, codegen: Any) -> "_SealedFile":
        version = hashlib.sha256(repr(self._index_key(sig, codegen)).encode()).hexdigest()[:16]
        return _SealedFile(self.cache_path, f"{self._impl.filename_base}.{version}", self._stamp)


class _SealedFile(IndexDataCacheFile):
    """An index and the machine code that it names; each file ends with the SHA-256 of all before."""

    def __init__(self, cache_path: str, filename_base: str, source_stamp: Any) -> None:
        super().__init__(cache_path, filename_base, source_stamp)
        self._version += _SOURCES  # compared before anything else of the file is read

    def save(self, key: Any, data: Any) -> None:
        """Replaces what there is: a damaged index is not asked."""
        name = self._data_name(1)
        self._save_data(name, data)
        self._save_index({key: name})

    def is_valid(self) -> bool:
        """Whether the index is whole and made of these sources."""
        try:
            return bool(self._load_index())
        except Exception:
            return False

    def _load_index(self) -> Any:
        path = Path(self._index_path)
        if not path.exists():
            return {}
        _require_whole(path)
        return super()._load_index()

    def _load_data(self, name: str) -> Any:
        _require_whole(Path(self._data_path(name)))
        return super()._load_data(name)

    @contextmanager
    def _open_for_write(self, filepath: str) -> Iterator[io.BytesIO]:
        content = io.BytesIO()
        yield content
        with super()._open_for_write(filepath) as file:
            file.write(content.getvalue() + hashlib.sha256(content.getvalue()).digest())


def _require_whole(path: Path) -> None:
    """Raises ``ValueError`` for a damaged file. Unpickling stops before the digest, so Numba can read what has one."""
    data = path.read_bytes()
    if hashlib.sha256(data[:-32]).digest() != data[-32:]:
        raise ValueError(f"{path} is damaged.")


def _say_once(trouble: str, line: str) -> None:
    """Tells the user, once, however many kernels are in the same trouble."""
    if trouble not in _said:
        _said.add(trouble)
        print(line, file=sys.stderr)


def _hash_sources() -> str:
    """Digest of every source file of this package, but for the readers of road files, which hold no kernels."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(set(folder.rglob("*.py")) - set((folder / "roads/formats").rglob("*.py"))):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


_SOURCES = _hash_sources()
