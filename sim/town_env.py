"""A town as a Gymnasium environment, for one car and for many."""

from collections.abc import Mapping
from typing import Any

from sim.env import DrivingEnv
from sim.errors import UserError
from sim.vector_env import DrivingVectorEnv


class TownEnv(DrivingEnv):
    """Drive through a town to a goal: turn where the navigator says, keep to your lane, mind signals and stop signs.

    ## Observation
    ``Box(0, 255, (96, 96, 3), uint8)``: the camera's RGB frame, with an arrow in its upper left corner from 30 m before
    a junction to its end: left, right or straight on. ``observation="camera+state"`` gives ``Dict(camera=<the frame
    without the arrow>, state=Box(7,))`` with speed [m/s], steering angle [rad], the command as one-hot (follow, left,
    right, straight) and the way to the junction [m], at most 30. Size, colour and stack are set as in
    ``dashcam/LaneFollowing-v0``.

    ## Action
    ``Discrete(28)``: index = steering index x 4 + speed index.

    | steering index | 0     | 1    | 2     | 3   | 4    | 5   | 6    |
    |----------------|-------|------|-------|-----|------|-----|------|
    | angle [rad]    | -0.52 | -0.2 | -0.06 | 0.0 | 0.06 | 0.2 | 0.52 |

    | speed index        | 0   | 1   | 2   | 3    |
    |--------------------|-----|-----|-----|------|
    | target speed [m/s] | 0.0 | 3.5 | 8.0 | 13.5 |

    ``continuous=True`` gives ``Box([-1, 0], [1, 1])``: steering as a share of 0.52 rad and target speed as a share of
    13.5 m/s. The agent decides at 10 Hz.

    ## Reward
    About 1 for a step in the lane at the speed that a careful driver may drive there; nothing while waiting. The terms
    are listed in ``sim.task`` and reported in ``info["reward_terms"]``.

    ## Start
    In a lane of a town drawn from the training seeds, 150 to 400 m before the goal (``town={"trip_min_m": ...}``), up
    to 0.5 m off the lane's centre and 0.1 rad off its heading. ``reset(options={"road_seed": 1_000_000})`` chooses the
    town, ``options={"start": (x, y), "goal": (x, y)}`` [m] the trip: the nearest lanes are taken.

    ## End
    Terminates when the car's centre leaves the paved road ("off_road"), or the route inside a junction ("off_route");
    when its rear crosses a stop line at red ("red_light"); and when it has stood for 30 s where no signal made it wait
    ("blocked"). Truncates at the goal ("completed") and when the time is up, 120 s ("time_limit"). ``info["ended_by"]``
    says which.

    ## Info
    What ``dashcam/LaneFollowing-v0`` has, relative to the route, and ``command``, ``junction_distance`` [m],
    ``speed_limit`` and ``allowed_speed`` [m/s] (limit, bends and braking for them), ``stop_distance`` from the car's
    front to the next stop line [m] (infinite without one), ``signal``: what it shows within 60 m ("", "red", "yellow"
    or "green"), ``lane`` of the network, ``clock`` of the town [steps], ``route_ahead``: the route's x and y [m] in 5,
    10, 15, 20, 30, 40 and 50 m, shape (7, 2), and ``infractions``: how many red lights and stop signs were run.

    ## Arguments
    The fields of ``sim.config.EnvConfig``, as dataclasses or as dicts of their fields; ``town`` has those of towns.

    ## Version history
    * v0: first version.
    """

    def __init__(self, **fields: Any) -> None:
        """Builds a town for one car; see ``DrivingEnv``."""
        super().__init__(**_in_town(fields))


class TownVectorEnv(DrivingVectorEnv):
    """N towns with a car each; for spaces, reward and endings see ``TownEnv``, for the rest ``DrivingVectorEnv``."""

    def __init__(self, **fields: Any) -> None:
        """Builds the towns; see ``DrivingVectorEnv``."""
        super().__init__(**_in_town(fields))


def _in_town(fields: dict[str, Any]) -> dict[str, Any]:
    """The same arguments; roads are of the kind town where they do not say it."""
    roads = fields.get("roads", {})
    kind = roads.get("kind", "town") if isinstance(roads, Mapping) else getattr(roads, "kind", "town")
    if kind != "town":
        raise UserError(f"dashcam/Town-v0 needs roads of the kind town, but roads kind is {kind!r}.")
    return {**fields, "roads": {**roads, "kind": kind}} if isinstance(roads, Mapping) else fields
