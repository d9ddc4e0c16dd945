"""A trip: from where to where a car of a town drives."""

from typing import Any, NamedTuple

from numpy.typing import NDArray


class Trip(NamedTuple):
    """Start and goal, each a lane of the network and a station on it [m]."""

    lane: int
    station: float
    goal_lane: int
    goal_station: float

    @classmethod
    def of(cls, row: NDArray[Any]) -> "Trip":
        """The trip in a row (4,) of numbers."""
        return cls(int(row[0]), float(row[1]), int(row[2]), float(row[3]))
