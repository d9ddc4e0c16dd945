"""The terminal, to which words go as they are, and tables of figures."""

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table


def plain_console(**settings: Any) -> Console:
    """A console of Rich with these settings, for which brackets and colons, as in paths, are no markup and no emoji."""
    return Console(markup=False, emoji=False, **settings)


def figures_table(name: str, *figures: str, **settings: Any) -> Table:
    """A narrow table with these headings: names in its first column, figures to the right; ``settings`` are Rich's."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, **settings)
    table.add_column(name, no_wrap=True)
    for heading in figures:
        table.add_column(heading, justify="right", no_wrap=True)
    return table
