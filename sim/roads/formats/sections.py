"""Few cross-sections out of many: those that differ by less than can be seen are one."""

from collections.abc import Sequence

import numpy as np

from sim.roads.course import MOST_SECTIONS, Course, CrossSection, Line, Surface
from sim.types import FloatArray

FINEST = 0.05  # m; as fine as profiles are


def course_of(sections: Sequence[CrossSection], edges: FloatArray) -> Course:
    """The course of a road from a cross-section for each of its M segments and its ``edges`` (M, EDGE_FIELDS) [m]."""
    step = FINEST
    while True:
        numbers: dict[CrossSection, int] = {}
        section = [numbers.setdefault(_rounded(item, step), len(numbers)) for item in sections]
        if len(numbers) <= MOST_SECTIONS:
            return Course(tuple(numbers), np.array(section, dtype=np.int64), edges)
        step *= 2.0


def _rounded(section: CrossSection, step: float) -> CrossSection:
    surfaces = tuple(Surface(_round(item.begin, step), item.color) for item in section.surfaces)
    lines = tuple(Line(_round(item.position, step), item.width, item.color, item.dashed) for item in section.lines)
    return CrossSection(surfaces, lines)


def _round(value: float, step: float) -> float:
    return round(round(value / step) * step, 3)
