"""The terminal, to which words go as they are."""

from typing import Any

from rich.console import Console


def plain_console(**settings: Any) -> Console:
    """A console of Rich with these settings, for which brackets and colons, as in paths, are no markup and no emoji."""
    return Console(markup=False, emoji=False, **settings)
