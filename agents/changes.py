"""What differs between two settings."""

import dataclasses
from typing import Any


def changed_fields(old: Any, new: Any, prefix: str) -> dict[str, Any]:
    """Fields of nested dataclasses whose values differ, by their dotted names."""
    found: dict[str, Any] = {}
    for spec in dataclasses.fields(old):
        before, after = getattr(old, spec.name), getattr(new, spec.name)
        if dataclasses.is_dataclass(before):
            found |= changed_fields(before, after, f"{prefix}{spec.name}.")
        elif before != after:
            found[prefix + spec.name] = after
    return found
