"""Scores of an encoder: errors in metres and degrees, by curvature and distance, and confusions."""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from perception.dataset import Columns
from perception.labels import BENDS, CURVATURES, HEADING_ERROR, LANE_WIDTH, LATERAL_OFFSET, bend_curvature
from sim.types import BoolArray, FloatArray, IntArray

CURVATURE_BOUNDS = (0.0, 0.0025, 0.0075, 0.015, 0.03, math.inf)  # 1/m, of the groups that errors are told by
DEGREES = 180.0 / math.pi

Estimates = Mapping[str, FloatArray]
"""Estimated values (N,) by the names of their labels."""


def score(estimates: Estimates, bends: IntArray, columns: Columns) -> dict[str, Any]:
    """Mean absolute errors and shares, as plain data.

    A network's ``estimates`` in SI units, perhaps none, and its classes ``bends`` (N,) are held against true
    ``columns``.
    """
    clear = np.asarray(columns["bend_is_clear"])
    right = bends == columns["bend"]
    scores: dict[str, Any] = {
        "frames": len(bends),
        "roads": len(np.unique(columns["road_seed"])),
        "bend_accuracy": _mean(right[clear]),
        "bend_accuracy_boundary": _mean(right[~clear]),
        "boundary_share": _mean(~clear),
        "confusion": _confusion(columns["bend"][clear], bends[clear]),
    }
    if not estimates:
        return scores
    errors = {name: np.abs(estimates[name] - columns[name]) for name in estimates}
    offset, heading = errors[LATERAL_OFFSET], DEGREES * errors[HEADING_ERROR]
    return scores | {
        "lateral_offset_m": _mean(offset),
        "heading_deg": _mean(heading),
        "lane_width_m": _mean(errors[LANE_WIDTH]),
        "curvature_per_m": {name: _mean(errors[name]) for name in CURVATURES},
        "curvature_always_0_per_m": {name: _mean(np.abs(columns[name])) for name in CURVATURES},
        "by_curvature": _by_curvature(offset, heading, columns),
    }


def _by_curvature(offset: FloatArray, heading: FloatArray, columns: Columns) -> list[dict[str, float | int | None]]:
    """Errors of groups of frames, by how sharply the road ahead bends."""
    ahead = np.abs(bend_curvature(np.stack([columns[name] for name in CURVATURES], axis=1)))
    groups = []
    for low, high in pairwise(CURVATURE_BOUNDS):
        inside = (ahead >= low) & (ahead < high)
        groups.append(
            {
                "curvature_from_per_m": low,
                "curvature_to_per_m": high if math.isfinite(high) else None,
                "frames": int(inside.sum()),
                "lateral_offset_m": _mean(offset[inside]),
                "heading_deg": _mean(heading[inside]),
            }
        )
    return groups


def _confusion(true: IntArray, said: IntArray) -> list[list[int]]:
    """How many frames of each class (rows) were taken for which (columns)."""
    counts = np.zeros((len(BENDS), len(BENDS)), dtype=np.int64)
    np.add.at(counts, (true, said), 1)
    rows: list[list[int]] = counts.tolist()
    return rows


def _mean(values: FloatArray | BoolArray) -> float | None:
    return float(np.mean(values)) if len(values) > 0 else None
