"""Scores that nobody drove, for tests of what is made of scores."""

from collections.abc import Sequence
from typing import Any

from agents.scoring.evaluate import Scores
from agents.scoring.metrics import RoadScore, totals

SAME: dict[str, Any] = {
    "mean_speed_mps": 9.0,
    "lateral_rmse_m": 0.2,
    "heading_rmse_rad": 0.1,
    "lateral_deviation_m": 0.1,
    "departures": 0,
    "interventions": 0,
    "autonomy": 1.0,
    "comfort": 1.0,
    "survival_s": 100.0,
    "total_reward": 500.0,
}


def scores(driver: str, driving_scores: Sequence[float], cells: Sequence[str] | None = None) -> Scores:
    """Drives with these driving scores on roads 0, 1, ..., each in its cell, all in the clear by default."""
    rows = [
        RoadScore(
            cell="clear" if cells is None else cells[road],
            road_seed=road,
            ended_by="completed" if value == 1.0 else "off_road",
            success=value == 1.0,
            route_completion=value,
            driving_score=value,
            distance_m=1000.0 * value,
            lane_distance_m=1000.0 * value,
            **SAME,
        )
        for road, value in enumerate(driving_scores)
    ]
    return Scores(driver, totals(rows), rows)
