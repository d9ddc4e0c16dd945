"""The scores that learning curves can show, by the names that the command line has for them."""

from dataclasses import dataclass
from typing import Literal

FRAMES, SECONDS = "frames", "training_s"  # columns of the log
Along = Literal["frames", "seconds"]
ScoreName = Literal["success", "route", "reward", "offset", "speed", "score", "comfort", "autonomy", "loss"]
PLACES: dict[Along, tuple[str, str]] = {
    "frames": (FRAMES, "frames"),
    "seconds": (SECONDS, "seconds of training, without evaluations"),
}  # column, and what the axis is called


@dataclass(frozen=True)
class Score:
    """A column of the log, and how it is shown."""

    column: str
    label: str
    factor: float = 1.0
    limits: tuple[float | None, float | None] = (None, None)


def _share(column: str, label: str) -> Score:
    return Score(column, f"{label} [%]", 100.0, (-3.0, 103.0))


SCORES: dict[ScoreName, Score] = {
    "success": _share("success_rate", "success"),
    "route": _share("route_completion", "route completion"),
    "reward": Score("total_reward", "reward per road"),
    "offset": Score("lateral_rmse_m", "lateral offset, RMS [m]", limits=(0.0, None)),
    "speed": Score("mean_speed_mps", "mean speed [m/s]", limits=(0.0, None)),
    "score": _share("driving_score", "driving score"),
    "comfort": _share("comfort", "comfort"),
    "autonomy": _share("autonomy", "autonomy"),
    "loss": Score("loss", "loss of the last update"),
}
