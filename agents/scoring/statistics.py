"""Statistics of few training runs on many roads, with confidence intervals.

Agarwal et al., "Deep Reinforcement Learning at the Edge of the Statistical Precipice", NeurIPS 2021, names the
measures: interquartile mean, performance profile, probability of improvement. Scores are arrays (R, T): R training runs
of one learner, each of which drove the same T roads.

Intervals are 95 % percentile bootstraps. Two schemes of resampling:

- ``runs_and_roads``: whole runs, and roads within each cell of the suite (the strata). One training run drives all
  roads, so its scores stand or fall together; Owen, "The pigeonhole bootstrap", Annals of Applied Statistics, 2007,
  draws rows and columns of such a table. With one run, only roads are drawn.
- ``runs_within_roads``: for each road (the stratum) its runs, independently, as Agarwal et al. and their library
  rliable do. That is right where each task has training runs of its own, and too narrow where a run is good or bad on
  all roads at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from agents.scoring.evaluate import Scores
from sim.types import FloatArray, IntArray

TRIMMED = 0.25  # share of scores that is left out at either end
RESAMPLES = 2_000
CONFIDENCE = 0.95
NORMAL = 1.959964  # the standard normal distribution lies within +- this with that probability

Draw = Callable[[Sequence[FloatArray], np.random.Generator], list[FloatArray]]


@dataclass(frozen=True)
class Estimate:
    """A measure and its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class PerformanceProfile:
    """A performance profile and its interval; arrays of shape (K,)."""

    thresholds: FloatArray
    shares: FloatArray  # of runs and roads with a score above each threshold, 0..1
    low: FloatArray
    high: FloatArray


def score_table(runs: Sequence[Scores], name: str) -> FloatArray:
    """One of the numbers of ``RoadScore``, by its name, of each drive of some runs on the same roads: (R, T)."""
    return np.array([[float(getattr(row, name)) for row in run.roads] for run in runs])


def interquartile_mean(scores: FloatArray) -> float:
    """Mean of the middle half of all ``scores`` (R, T): the lowest and the highest quarter count nothing.

    Quarters are rounded down, as in ``scipy.stats.trim_mean``.
    """
    ordered = np.sort(scores, axis=None)
    cut = int(TRIMMED * len(ordered))
    return float(ordered[cut : len(ordered) - cut].mean())


def share_above(scores: FloatArray, thresholds: FloatArray) -> FloatArray:
    """Share of all ``scores`` (R, T) above each of the ``thresholds`` (K,): the run-score distribution, (K,)."""
    ordered = np.sort(scores, axis=None)
    above: FloatArray = 1.0 - np.searchsorted(ordered, thresholds, side="right") / len(ordered)
    return above


def better_share(ours: FloatArray, theirs: FloatArray) -> float:
    """P(X > Y): how likely a run of ours, X (R, T), has the higher score on a road than one of theirs, Y (S, T).

    Ties count half: it is the Mann-Whitney statistic divided by the number of pairs, for each road, averaged over
    roads.
    """
    pairs = ours[:, None, :], theirs[None, :, :]
    return float(np.mean(np.greater(*pairs)) + 0.5 * np.mean(np.equal(*pairs)))


def runs_and_roads(cells: IntArray) -> Draw:
    """Resamples whole runs of each learner and, within each cell, the same roads for all learners.

    Roads that are alone in their cell, as road files are, are drawn from among each other: each drawn from itself, none
    would ever be left out, and a few roads would seem to say all.

    Args:
        cells: (T,) which cell of its suite each road belongs to.
    """
    _, cells, sizes = np.unique(cells, return_inverse=True, return_counts=True)
    cells = np.where(sizes[cells] > 1, cells, -1)
    members = [np.flatnonzero(cells == cell) for cell in np.unique(cells)]

    def draw(tables: Sequence[FloatArray], random: np.random.Generator) -> list[FloatArray]:
        roads = np.concatenate([random.choice(cell, len(cell)) for cell in members])
        return [table[np.ix_(random.integers(len(table), size=len(table)), roads)] for table in tables]

    return draw


def runs_and_roads_of(run: Scores) -> Draw:
    """``runs_and_roads`` within the cells of the suite that ``run`` drove."""
    return runs_and_roads(np.unique([row.cell for row in run.roads], return_inverse=True)[1])


def runs_within_roads(tables: Sequence[FloatArray], random: np.random.Generator) -> list[FloatArray]:
    """Draws, for each learner and road, as many of its runs as there are: the stratified bootstrap of rliable."""
    return [np.take_along_axis(table, random.integers(len(table), size=table.shape), axis=0) for table in tables]


def mean_estimate(scores: FloatArray, draw: Draw) -> Estimate:
    """Mean over runs and roads of ``scores`` (R, T)."""
    return _estimate(lambda table: float(table.mean()), [scores], draw)


def share_estimate(successes: FloatArray, draw: Draw) -> Estimate:
    """Share of ``successes`` (R, T), each 0 or 1.

    Where all drives end alike, every draw is the same and the bootstrap sees no doubt. So its interval is widened to
    that of as many coins as there are roads: Wilson, "Probable Inference, the Law of Succession, and Statistical
    Inference", Journal of the American Statistical Association, 1927.
    """
    drawn = mean_estimate(successes, draw)
    coins, share = successes.shape[1], drawn.value
    center = (share + 0.5 * NORMAL**2 / coins) / (1.0 + NORMAL**2 / coins)
    spread = NORMAL / (1.0 + NORMAL**2 / coins) * np.sqrt((share * (1.0 - share) + 0.25 * NORMAL**2 / coins) / coins)
    low, high = max(float(center - spread), 0.0), min(float(center + spread), 1.0)
    return Estimate(share, min(drawn.low, low), max(drawn.high, high))


def middle_estimate(scores: FloatArray, draw: Draw) -> Estimate:
    """Interquartile mean of ``scores`` (R, T)."""
    return _estimate(interquartile_mean, [scores], draw)


def improvement_estimate(ours: FloatArray, theirs: FloatArray, draw: Draw) -> Estimate:
    """Probability of improvement of ``ours`` (R, T) over ``theirs`` (S, T)."""
    return _estimate(better_share, [ours, theirs], draw)


def profile(scores: FloatArray, thresholds: FloatArray, draw: Draw) -> PerformanceProfile:
    """Performance profile of ``scores`` (R, T) at ``thresholds`` (K,)."""

    def shares(table: FloatArray) -> FloatArray:
        return share_above(table, thresholds)

    low, high = _interval(shares, [scores], draw)
    return PerformanceProfile(thresholds, shares(scores), low, high)


def _estimate(measure: Callable[..., float], tables: Sequence[FloatArray], draw: Draw) -> Estimate:
    low, high = _interval(measure, tables, draw)
    return Estimate(measure(*tables), float(low), float(high))


def _interval(
    measure: Callable[..., float | FloatArray], tables: Sequence[FloatArray], draw: Draw
) -> tuple[FloatArray, FloatArray]:
    """Ends of the percentile bootstrap interval; the same for the same scores, as its generator is seeded."""
    random = np.random.default_rng(0)
    values = np.array([measure(*draw(tables, random)) for _ in range(RESAMPLES)])
    low, high = np.quantile(values, (0.5 - 0.5 * CONFIDENCE, 0.5 + 0.5 * CONFIDENCE), axis=0)
    return low, high
