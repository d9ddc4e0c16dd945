"""Folders whose manifest, a JSON file, gives the SHA-256 of every other file: a policy, an encoder, data, a checkpoint.

Nothing that is read runs code. A file may be a link into a cache, as those of DVC and Hugging Face: what counts is its
digest. Only the standard library is needed, so that a policy is read where the simulator is not installed.
"""

import hashlib
import importlib.metadata
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from perception.atomic import write_atomic, write_json
from perception.untrusted import parse_json, read_file, read_inside, require_file

WEIGHTS = "weights.safetensors"  # of a policy or an encoder; see ``perception.weights``
MAX_WEIGHTS_BYTES = 500_000_000


def digest(data: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def library_versions(*names: str) -> dict[str, str]:
    """Versions of installed packages by name, as manifests hold them."""
    return {name: importlib.metadata.version(name) for name in names}


@dataclass(frozen=True)
class FolderFormat:
    """A kind of folder with a manifest. What is wrong with a folder is raised as ``error``, in one sentence."""

    kind: str
    """What such a folder is, in messages: "encoder"."""
    manifest: str
    """Name of the manifest."""
    version: int
    """Version of its schema."""
    command: str
    """Command that writes such folders, for messages."""
    error: Callable[[str], Exception]
    """Class of the exceptions."""
    max_manifest_bytes: int = 10_000_000  # 100 million frames need 3 MB; in memory, JSON takes up to 25 times as much
    """A larger file is no manifest."""
    version_error: Callable[[str], Exception] | None = None
    """Class of the exception for another version, if it is not ``error``."""

    def write(
        self,
        folder: Path,
        described: Mapping[str, Any],
        files: Mapping[str, bytes],
        written: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Writes ``files``, contents by name, and then the manifest: a folder without it is known to be incomplete.

        The manifest is ``described`` without version and digests; ``written`` are the digests of files that are there
        already.
        """
        folder.mkdir(parents=True, exist_ok=True)
        (folder / self.manifest).unlink(missing_ok=True)
        for name, data in files.items():
            write_atomic(folder / name, data)
        digests = {name: digest(data) for name, data in files.items()}
        self.write_manifest(folder, {**described, "sha256": {**digests, **written}})

    def write_manifest(self, folder: Path, described: Mapping[str, Any]) -> None:
        """Writes the manifest alone, without its version in ``described``."""
        write_json(folder / self.manifest, {"schema_version": self.version, **described})

    def read_manifest(self, folder: Path) -> dict[str, Any]:
        """The manifest, of this schema version; the rest of it is unchecked."""
        path = folder / self.manifest
        if not path.exists():
            raise self.error(
                f"{folder} holds no {self.kind}: there is no {self.manifest} in it; "
                f'name a folder that "{self.command}" wrote.'
            )
        with self._readable(path):
            data = read_file(path, self.max_manifest_bytes)
        foreign = f"the {self.kind} is damaged or was made by something else."
        try:
            manifest = parse_json(data)
        except ValueError as error:
            raise self.error(f"{path} is not valid JSON; {foreign}") from error
        if not isinstance(manifest, dict) or manifest.get("schema_version") is None:
            raise self.error(f"{path} has no schema_version; {foreign}")
        if manifest["schema_version"] != self.version:
            raise (self.version_error or self.error)(
                f"{path} has schema version {manifest['schema_version']!r:.80}, but this Dashcam reads {self.version}; "
                f"use the version that wrote it, or make the {self.kind} again."
            )
        return manifest

    def read(self, folder: Path, name: str, sha256: object, max_bytes: int) -> bytes:
        """The contents of a file that has the digest ``sha256``."""
        path = folder / name
        with self._readable(path):
            data = read_file(path, max_bytes)
        self._require_same(path, digest(data), sha256)
        return data

    def require_intact(self, folder: Path, name: str, size: object, sha256: object) -> None:
        """Makes sure that a file, too large for the memory perhaps, has this size [bytes] and this digest.

        Of a file of another size, nothing is read.
        """
        path, found = folder / name, None
        with self._readable(path):
            if require_file(path, sys.maxsize) == size:
                with path.open("rb") as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
        self._require_same(path, found, sha256)

    def _require_same(self, path: Path, found: str | None, sha256: object) -> None:
        if found is None or found != sha256:
            raise self.error(
                f"{path} is not the file that {self.manifest} describes (its SHA-256 differs): it was changed."
            )

    def read_unlisted(self, folder: Path, name: str, max_bytes: int) -> bytes:
        """The contents of a file that the manifest does not name; no link may lead out of the folder."""
        with self._readable(folder / name):
            return read_inside(folder, name, max_bytes)

    @contextmanager
    def _readable(self, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self.error(
                f"{path} cannot be read ({error.strerror}); the {self.kind} is incomplete or damaged."
            ) from error
