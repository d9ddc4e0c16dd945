"""Statistics of runs and roads: against rliable, on paper, and what the intervals answer to."""

from collections.abc import Callable

import numpy as np
import pytest

from agents.scoring.statistics import (
    Estimate,
    better_share,
    improvement_estimate,
    interquartile_mean,
    mean_estimate,
    middle_estimate,
    profile,
    runs_and_roads,
    runs_within_roads,
    share_estimate,
)

# Four and three runs on five tasks. The numbers below are those of rliable 1.2.0 with arch 7.2.0, numpy 2.2.6,
# scipy 1.17.1 and pandas 2.3.3: get_interval_estimates with 50,000 resamples (5,000 for the improvement) and
# create_performance_profile with 20,000, after numpy.random.seed(0).
X = np.array(
    [
        [0.91, 0.15, 0.62, 1.00, 0.40],
        [0.85, 0.33, 0.71, 1.00, 0.05],
        [0.97, 0.20, 0.55, 0.80, 0.44],
        [0.60, 0.41, 0.62, 1.00, 0.38],
    ]
)
Y = np.array(
    [
        [0.80, 0.15, 0.30, 0.90, 0.45],
        [0.91, 0.10, 0.62, 1.00, 0.10],
        [0.70, 0.25, 0.44, 0.95, 0.20],
    ]
)
CLOSE = 0.012  # between the ends of two bootstraps of these
THRESHOLDS = np.array([0.1, 0.4, 0.62, 0.95])
ONE_CELL = runs_and_roads(np.zeros(5, dtype=np.int64))


@pytest.mark.parametrize(
    ("estimate", "scores", "value", "low", "high"),
    [
        (middle_estimate, X, 0.6, 0.548, 0.654),
        (middle_estimate, Y, 0.51777778, 0.43888889, 0.59111111),
        (mean_estimate, X, 0.5995, 0.547, 0.647),
        (mean_estimate, Y, 0.52466667, 0.474, 0.57666667),
    ],
)
def test_means_are_those_of_rliable(
    estimate: Callable[..., Estimate], scores: np.ndarray, value: float, low: float, high: float
) -> None:
    found = estimate(scores, runs_within_roads)
    assert found.value == pytest.approx(value, abs=1e-8)
    assert (found.low, found.high) == pytest.approx((low, high), abs=CLOSE)


def test_probability_of_improvement_is_that_of_rliable() -> None:
    found = improvement_estimate(X, Y, runs_within_roads)
    assert found.value == pytest.approx(0.675, abs=1e-8)
    assert (found.low, found.high) == pytest.approx((0.48333333, 0.84166667), abs=2.0 * CLOSE)


def test_profile_is_that_of_rliable() -> None:
    found = profile(X, THRESHOLDS, runs_within_roads)
    assert found.shares == pytest.approx([0.95, 0.7, 0.4, 0.2])
    one_score = 1.0 / X.size + 1e-9  # shares come in steps of it, and an end may fall on either side
    assert found.low == pytest.approx([0.85, 0.6, 0.3, 0.1], abs=one_score)
    assert found.high == pytest.approx([1.0, 0.85, 0.5, 0.3], abs=one_score)


def test_interquartile_mean_leaves_out_the_outer_quarters() -> None:
    """Of 0, 1, 2, ..., 8 a quarter is 2.25 scores, rounded down to 2: (2 + 3 + 4 + 5 + 6) / 5 = 4."""
    assert interquartile_mean(np.array([[8.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 0.0]])) == 4.0
    assert interquartile_mean(np.array([[-1e9, 1.0, 3.0, 1e9]])) == 2.0


def test_improvement_counts_ties_half() -> None:
    """Road 1: of four pairs, 2 > 1 twice and 1 = 1 twice, so 3 / 4; road 2: all lost, 0. Mean 3 / 8."""
    ours, theirs = np.array([[2.0, 0.0], [1.0, 0.0]]), np.array([[1.0, 5.0], [1.0, 5.0]])
    assert better_share(ours, theirs) == 0.375
    assert better_share(theirs, ours) == 0.625
    assert better_share(ours, ours) == 0.5


def test_interval_knows_that_a_run_stands_or_falls_on_all_roads() -> None:
    """Two runs, one good on 200 roads and one bad: nobody can say what a third would do."""
    scores = np.stack([np.full(200, 0.9), np.full(200, 0.1)])
    whole = mean_estimate(scores, runs_and_roads(np.zeros(200, dtype=np.int64)))
    assert (whole.low, whole.high) == pytest.approx((0.1, 0.9))
    within = mean_estimate(scores, runs_within_roads)
    assert within.high - within.low < 0.1


def test_one_run_is_uncertain_about_other_roads_of_a_cell_but_not_about_cells() -> None:
    cells = np.repeat([0, 1], 50)
    even = mean_estimate(cells[None].astype(np.float64), runs_and_roads(cells))
    assert (even.low, even.value, even.high) == (0.5, 0.5, 0.5)
    mixed = mean_estimate(np.tile([0.0, 1.0], 50)[None], runs_and_roads(cells))
    assert mixed.value == 0.5
    # Binomial: the mean of 100 coins lies within 0.5 +- 1.96 x 0.05 in 95 % of draws.
    assert (mixed.low, mixed.high) == pytest.approx((0.402, 0.598), abs=0.02)


def test_roads_that_are_alone_in_their_cells_leave_doubt() -> None:
    scores = np.array([[0.0, 0.0, 1.0, 1.0]])
    alone = mean_estimate(scores, runs_and_roads(np.arange(4)))
    together = mean_estimate(scores, runs_and_roads(np.zeros(4, dtype=np.int64)))
    assert (alone.low, alone.high) == (together.low, together.high) == (0.0, 1.0)


def test_share_of_drives_that_all_succeeded_is_not_certain() -> None:
    """Wilson's interval of 100 of 100, by hand: low = 1 / (1 + 1.96^2 / 100) = 0.963; of 0 of 100, high = 0.037."""
    draw = runs_and_roads(np.zeros(100, dtype=np.int64))
    whole, none = share_estimate(np.ones((1, 100)), draw), share_estimate(np.zeros((1, 100)), draw)
    assert (whole.low, whole.value, whole.high) == pytest.approx((0.963, 1.0, 1.0), abs=5e-4)
    assert (none.low, none.value, none.high) == pytest.approx((0.0, 0.0, 0.037), abs=5e-4)


def test_comparison_draws_the_same_roads_for_both() -> None:
    """Road by road ours is better, however much roads differ: no draw of roads can change that."""
    roads = np.arange(5.0)[None]
    found = improvement_estimate(roads + 0.1, roads, ONE_CELL)
    assert (found.low, found.value, found.high) == (1.0, 1.0, 1.0)


def test_intervals_repeat() -> None:
    assert middle_estimate(X, ONE_CELL) == middle_estimate(X, ONE_CELL)
