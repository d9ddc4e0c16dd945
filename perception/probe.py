"""Linear probes: what features encode of the lane.

After Alain and Bengio, "Understanding intermediate layers using linear classifier probes", 2016.
"""

from dataclasses import dataclass

import numpy as np

from perception.labels import TARGETS
from sim.types import Float32Array, FloatArray

RIDGE = 1.0  # weight of the penalty on the squared coefficients, in rows


@dataclass(frozen=True)
class Probe:
    """Reads the lane off features."""

    coefficients: FloatArray  # (features_dim, targets)
    intercept: FloatArray  # (targets,)

    def estimates(self, features: Float32Array) -> FloatArray:
        """Estimates (N, targets) of ``labels.TARGETS``, in SI units, of features (N, features_dim)."""
        return np.asarray(features @ self.coefficients + self.intercept)

    def lane(self, features: Float32Array) -> dict[str, float]:
        """Estimates of one frame with features (features_dim,) by their names."""
        row = self.estimates(features[None])[0]
        return {target.name: float(value) for target, value in zip(TARGETS, row, strict=True)}


def fit_probe(features: Float32Array, truth: FloatArray) -> Probe:
    """The probe with the least squared error, by ridge regression, on features (N, features_dim).

    The ``truth`` (N, targets) has the order of ``labels.TARGETS``.
    """
    assert truth.shape == (len(features), len(TARGETS))
    middle, goal = features.mean(axis=0, dtype=np.float64), truth.mean(axis=0)
    centred = features - middle
    penalty = RIDGE * np.eye(features.shape[1])
    coefficients = np.linalg.solve(centred.T @ centred + penalty, centred.T @ (truth - goal))
    return Probe(coefficients, goal - middle @ coefficients)
