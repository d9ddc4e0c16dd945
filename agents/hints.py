"""What to run next, as a shell takes it."""

import shlex
from collections.abc import Sequence
from pathlib import Path


def next_line(*commands: Sequence[str | Path]) -> str:
    """The line that ends a command's output: ``commands`` of ``dashcam`` to choose from, paths quoted where needed."""
    return "Next: " + "   or: ".join(shlex.join(["dashcam", *map(str, words)]) for words in commands)
