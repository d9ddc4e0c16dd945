"""What lies on the ground of a town besides the network, as plain arrays for those who paint it.

S streets, P points on their centrelines, B bands, M marks, A arrows, J junctions, O points of their outlines, R rounded
kerbs. Lateral positions on streets are positive to the left of the centreline.
"""

from typing import NamedTuple

import numpy as np

from sim.network.network import CodeArray
from sim.types import Float32Array, Int32Array

PARKING, MEDIAN = range(2)  # kinds of bands: parked cars; a hatched strip that nobody drives on
SOLID, DASHED = range(2)  # styles of marks


class Surfaces(NamedTuple):
    """Streets between junctions, the paved areas of junctions, and paint."""

    # Streets: from where one junction ends to where the next begins.
    street_points: Int32Array  # (S + 1,), index of each street's first point
    street_x: Float32Array  # (P,), m, on the centreline, about 1 m apart, first and last included
    street_y: Float32Array  # (P,), m
    street_heading: Float32Array  # (P,), rad
    street_curvature: Float32Array  # (P,), 1/m
    street_station: Float32Array  # (P,), m since the street's first point
    street_right: Float32Array  # (S,), m, lateral position of the right kerb
    street_left: Float32Array  # (S,), m, lateral position of the left kerb
    street_pavement: Float32Array  # (S,), m, width of the pavement beyond either kerb
    street_limit: Float32Array  # (S,), m/s, speed limit at its first point
    street_rank: CodeArray  # (S,), 0 local street, 1 collector, 2 arterial
    street_ends: Int32Array  # (S, 2), junctions at its first and last point

    # Bands along streets.
    band_street: Int32Array  # (B,)
    band_kind: CodeArray  # (B,), PARKING or MEDIAN
    band_begin: Float32Array  # (B,), m, station
    band_end: Float32Array  # (B,), m
    band_right: Float32Array  # (B,), m, lateral position of its right edge
    band_left: Float32Array  # (B,), m

    # Lines painted along streets; stop lines and crossings are those of the network.
    mark_street: Int32Array  # (M,)
    mark_style: CodeArray  # (M,), SOLID or DASHED
    mark_begin: Float32Array  # (M,), m, station
    mark_end: Float32Array  # (M,), m
    mark_lateral: Float32Array  # (M,), m, lateral position of its middle
    mark_width: Float32Array  # (M,), m
    mark_dash: Float32Array  # (M,), m, length of a dash; 0 for solid lines
    mark_gap: Float32Array  # (M,), m, between two dashes

    # Arrows on lanes, seen by who drives along the heading.
    arrow_x: Float32Array  # (A,), m, middle
    arrow_y: Float32Array  # (A,), m
    arrow_heading: Float32Array  # (A,), rad
    arrow_turns: CodeArray  # (A,), sum of ARROW_LEFT, ARROW_RIGHT and ARROW_STRAIGHT of camera.rows

    # Paved areas of junctions: closed outlines, counter-clockwise (mirrored towns: clockwise).
    outline_points: Int32Array  # (J + 1,), index of each junction's first point
    outline_x: Float32Array  # (O,), m
    outline_y: Float32Array  # (O,), m
    outline_kerb: np.ndarray[tuple[int], np.dtype[np.bool_]]  # (O,), whether a kerb leads to the next point: no mouth
    junction_pavement: Float32Array  # (J,), m, width of the pavement outside the kerbs
    ring_outer: Float32Array  # (J,), m, radius of a roundabout's paved ring around the junction's middle; 0: none
    ring_island: Float32Array  # (J,), m, radius of the island in its middle
    ring_lanes: CodeArray  # (J,)

    # Rounded kerbs: points centre + radius (cos a, sin a) for a from begin to begin + turn.
    arc_junction: Int32Array  # (R,)
    arc_x: Float32Array  # (R,), m, centre
    arc_y: Float32Array  # (R,), m
    arc_radius: Float32Array  # (R,), m
    arc_begin: Float32Array  # (R,), rad
    arc_turn: Float32Array  # (R,), rad, negative: clockwise
