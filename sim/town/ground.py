"""Streets and junctions of a town as arrays: ``Surfaces`` for traffic on the right."""

import numpy as np

from sim.network.rows import Columns, flat_ranges, starts_of
from sim.town.assemble import Parts
from sim.town.junctions import Junction
from sim.town.paint import arrow_columns, band_columns, mark_columns
from sim.town.surfaces import Surfaces


def make_surfaces(parts: Parts) -> Surfaces:
    """All that lies on the ground."""
    streets, junctions = parts.streets, parts.junctions
    pavement = [max(streets[arm.street].profile.pavement for arm in junction.arms) for junction in junctions]
    return Surfaces(
        **_street_columns(parts),
        **band_columns(streets),
        **mark_columns(streets),
        **arrow_columns(parts),
        **_outline_columns(junctions),
        junction_pavement=np.array(pavement, dtype=np.float32),
        ring_outer=np.array([j.ring.outer if j.ring else 0.0 for j in junctions], dtype=np.float32),
        ring_island=np.array([j.ring.island if j.ring else 0.0 for j in junctions], dtype=np.float32),
        ring_lanes=np.array([j.ring.lanes if j.ring else 0 for j in junctions], dtype=np.int8),
        **_arc_columns(junctions),
    )


def _street_columns(parts: Parts) -> Columns:
    streets = parts.streets
    begin, end = np.array([(street.trim_a, street.end) for street in streets]).T
    pieces = np.rint(end - begin).astype(np.int64)
    row, index = flat_ranges(pieces + 1)
    station = (end - begin)[row] * (index / pieces[row])
    x, y, heading, curvature = (value.astype(np.float32) for value in parts.lines.at(row, begin[row] + station))
    profiles = [street.profile for street in streets]
    return {
        "street_points": starts_of(pieces + 1),
        "street_x": x,
        "street_y": y,
        "street_heading": heading,
        "street_curvature": curvature,
        "street_station": station.astype(np.float32),
        "street_right": np.array([profile.right_kerb for profile in profiles], dtype=np.float32),
        "street_left": np.array([profile.left_kerb for profile in profiles], dtype=np.float32),
        "street_pavement": np.array([profile.pavement for profile in profiles], dtype=np.float32),
        "street_limit": np.array([profile.limit for profile in profiles], dtype=np.float32),
        "street_rank": np.array([profile.rank for profile in profiles], dtype=np.int8),
        "street_ends": np.array([(street.a, street.b) for street in streets], dtype=np.int32),
    }


def _outline_columns(junctions: list[Junction]) -> Columns:
    points = np.concatenate([junction.outline for junction in junctions]).astype(np.float32)
    return {
        "outline_points": starts_of([len(junction.outline) for junction in junctions]),
        "outline_x": points[:, 0].copy(),
        "outline_y": points[:, 1].copy(),
        "outline_kerb": np.concatenate([junction.kerb for junction in junctions]),
    }


def _arc_columns(junctions: list[Junction]) -> Columns:
    table = np.array([arc for junction in junctions for arc in junction.arcs], dtype=np.float32).reshape(-1, 5)
    x, y, radius, begin, turn = (column.copy() for column in table.T)
    return {
        "arc_junction": np.repeat(np.arange(len(junctions)), [len(j.arcs) for j in junctions]).astype(np.int32),
        "arc_x": x,
        "arc_y": y,
        "arc_radius": radius,
        "arc_begin": begin,
        "arc_turn": turn,
    }
