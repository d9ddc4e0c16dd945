"""How endings, numbers, names and commands are put for people."""

import math
import shlex
from collections.abc import Sequence
from pathlib import Path

from sim.config import RoadsConfig

ENDINGS = {
    "completed": "completed",
    "off_road": "left the road",
    "time_limit": "out of time",
    "off_route": "left the route",
    "red_light": "ran a red light",
    "blocked": "stood for too long",
}
"""Words for ``sim.task.ENDINGS``."""
ROUNDING_ERROR = 1e-9  # of a mean of shares that are all 1, or all 0
MOST_DIGITS = 6  # after the point; far more than shares of any number of drives need


def counted(number: int, noun: str) -> str:
    """How many there are, such as "1 road" or "1,092 roads"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def place_noun(roads: RoadsConfig) -> str:
    """What a seed of these roads draws: "road" or "town"."""
    return "town" if roads.kind == "town" else "road"


def percentage(share: float, digits: int = 0) -> str:
    """A share as a number of per cent, such as "98", with ``digits`` after the point, or as many as are needed.

    Whoever reads "100" may take it that nothing is missing, so a share is told from 100 and from 0: 199 of 200 is
    "99.5", and 1 of 1,000 is "0.1". Shares may be above 1, where more than the whole is kept.
    """
    return _told_apart(100.0 * share, 100.0, digits)


def percent(share: float, digits: int = 0) -> str:
    """A share in per cent with the sign, such as "98 %"; see ``percentage``."""
    return f"{percentage(share, digits)} %"


def fraction(share: float, digits: int) -> str:
    """A share as a number from 0 to 1, such as "0.998"; see ``percentage``."""
    return _told_apart(share, 1.0, digits)


def _told_apart(value: float, whole: float, digits: int) -> str:
    """A number that is rounded, but not to ``whole`` or 0 unless it is that."""
    if not math.isfinite(value):
        return f"{value:.{digits}f}"
    limits = [limit for limit in (0.0, whole) if abs(value - limit) > ROUNDING_ERROR * whole]
    texts = [f"{value:.{places}f}" for places in range(digits, max(digits, MOST_DIGITS) + 1)]
    return next((text for text in texts if float(text) not in limits), texts[-1])


def legible(text: str) -> str:
    """Text that can be drawn and encoded: bytes of a file's name that are no UTF-8 appear as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def next_line(*commands: Sequence[str | Path]) -> str:
    """The line that ends a command's output: ``commands`` of ``dashcam`` to choose from, paths quoted where needed."""
    return "Next: " + "   or: ".join(shlex.join(["dashcam", *map(str, words)]) for words in commands)
