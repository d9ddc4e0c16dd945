"""Bundles whose description or files somebody changed."""

import hashlib
import json
from pathlib import Path
from typing import Any

from agents.bundles.bundle import DESCRIPTION


def change(bundle: Path, **fields: Any) -> None:
    """Gives fields of the description other values."""
    description = json.loads((bundle / DESCRIPTION).read_text())
    (bundle / DESCRIPTION).write_text(json.dumps({**description, **fields}))


def replace(bundle: Path, name: str, data: bytes) -> None:
    """Another file, with its digest in the description: what whoever makes a hostile bundle can do."""
    (bundle / name).write_bytes(data)
    digests = json.loads((bundle / DESCRIPTION).read_text())["sha256"]
    change(bundle, sha256={**digests, name: hashlib.sha256(data).hexdigest()})
