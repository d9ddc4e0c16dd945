"""The look that diagrams share, and how they become files."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from perception.atomic import write_atomic

DOTS_PER_INCH = 150
MARKERS = "os^Dvp"
DASHES = ("-", "--", "-.", ":")  # with markers, what tells curves apart where there is no colour
# Okabe and Ito, "Color Universal Design", 2008: told apart with every kind of colour vision. Their yellow is left out,
# which is too pale for lines on paper.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#e69f00", "#56b4e9")
_LOOK = {
    "svg.fonttype": "none",  # text stays text: it can be read aloud, found and copied
    "svg.hashsalt": "dashcam",  # the same picture is the same file
    "text.parse_math": False,  # a name may hold dollar signs
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
}
_PAPER = {"grid.color": "#dfe3e6"}


def look(colors: Mapping[str, Any]) -> mpl.RcParams:
    """Matplotlib's settings for a diagram, with ``colors`` beside what all diagrams share."""
    return mpl.RcParams({**mpl.rcParamsDefault, **_LOOK, **colors})


@contextmanager
def on_paper() -> Iterator[None]:
    """Figures that are made and written meanwhile are to be read on white paper."""
    with mpl.rc_context(look(_PAPER)):
        yield


def write_figure(figure: Figure, path: Path) -> None:
    """Writes a figure as PNG or SVG, whole or not at all; makes its folder.

    Raises:
        OSError: it could not be written.
    """
    kind = path.suffix.lower().lstrip(".")
    data = io.BytesIO()
    figure.savefig(data, format=kind, dpi=DOTS_PER_INCH, metadata={"Date": None} if kind == "svg" else None)
    write_atomic(path, data.getvalue())
