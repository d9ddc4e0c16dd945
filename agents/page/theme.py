"""Colours of the page's charts, and how a Matplotlib figure becomes part of the page.

A figure is drawn in stand-in colours. In the page, each is replaced by a variable of its style sheet, so that one
figure suits a light and a dark screen.
"""

import io
import re

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from agents.pictures import look

TEXT = "#000001"
FAINT = "#000002"  # grid lines, the road
SURFACE = "#000003"  # the page behind
SERIES = tuple(f"#00001{digit}" for digit in range(6))  # contestants that learned
BASELINES = tuple(f"#00002{digit}" for digit in range(5))  # drivers that need no learning
ERRORS = tuple(f"#00003{digit}" for digit in range(5))  # lateral error, from small to large

_VARIABLES = {
    TEXT: "currentColor",
    FAINT: "var(--faint)",
    SURFACE: "var(--surface)",
    **{color: f"var(--series-{index})" for index, color in enumerate(SERIES)},
    **{color: f"var(--baseline-{index})" for index, color in enumerate(BASELINES)},
    **{color: f"var(--error-{index})" for index, color in enumerate(ERRORS)},
}
_COLORS = {
    "text.color": TEXT,
    "axes.labelcolor": TEXT,
    "axes.edgecolor": TEXT,
    "axes.facecolor": "none",
    "grid.color": FAINT,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
}


def settings() -> mpl.RcParams:
    """Settings of Matplotlib under which a figure for the page is made."""
    return look(_COLORS)


def inline(figure: Figure, name: str, label: str) -> Markup:
    """A figure in the colours above as an ``svg`` element; its name is unique, its label says what it shows."""
    buffer = io.StringIO()
    with mpl.rc_context({**settings(), "svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' id="[a-zA-Z0-9]+_\d+"', "", svg)  # Matplotlib's names for groups, the same in each figure
    svg = re.sub(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" LABEL>', svg, count=1, flags=re.DOTALL)
    for color, variable in _VARIABLES.items():
        svg = svg.replace(color, variable)
    described = f'role="img" aria-label="{escape(label)}" data-figure="{escape(name)}"'
    return Markup(svg.replace("LABEL", described, 1))  # noqa: S704  Matplotlib has escaped the texts in it
