"""Paints the cross-sections of a road from a file into profiles."""

import numpy as np

from sim.camera.profile import EDGE_BLUR, PROFILE_ENTRIES, PROFILE_LEVELS, PROFILE_STEP, blur_profile, word_of
from sim.roads.course import Course, CrossSection
from sim.roads.style import Color
from sim.types import FloatArray, WordArray

_PLACES = np.linspace(-0.5, 0.5, 2 * PROFILE_ENTRIES + 1)[1::2] * PROFILE_ENTRIES * PROFILE_STEP  # m


def make_profiles(course: Course, ground: Color) -> WordArray:
    """The profiles of all cross-sections, one after the other; shape (sections x levels x entries,), dtype uint32.

    Their last entries are ground, whatever is paved: that is where the map sends what lies out of its reach.
    """
    profiles = [blur_profile(_paint(section, ground)) for section in course.sections]
    for profile in profiles:
        profile.reshape(PROFILE_LEVELS, PROFILE_ENTRIES)[:, -1] = word_of(ground)
    return np.concatenate(profiles)


def _paint(section: CrossSection, ground: Color) -> FloatArray:
    """Red, green, blue and the share of a dash across the road; shape (PROFILE_ENTRIES, 4), 0..255."""
    colors = np.zeros((PROFILE_ENTRIES, 4))
    colors[:, :3] = ground
    for surface in section.surfaces:
        _lay(colors[:, :3], surface.color, _cover(_PLACES - surface.begin, EDGE_BLUR))
    for line in section.lines:
        painted = _cover(0.5 * line.width - np.abs(_PLACES - line.position), PROFILE_STEP)
        if line.dashed:
            colors[:, 3] = np.maximum(colors[:, 3], 255.0 * painted)
        else:
            _lay(colors[:, :3], line.color, painted)
    return colors


def _lay(colors: FloatArray, color: Color, cover: FloatArray) -> None:
    colors += cover[:, None] * (np.asarray(color) - colors)


def _cover(inside: FloatArray, blur: float) -> FloatArray:
    """Share of an edge that is ``blur`` [m] wide, at ``inside`` [m] from its middle."""
    return np.asarray(np.clip(inside / blur + 0.5, 0.0, 1.0))
