"""What happened in a drive so far: enough to drive it again, to save it, and to come back to any of its steps."""

from dataclasses import dataclass, field

import numpy as np

from agents.drives.recording import Recording, Seed
from sim.config import EnvConfig
from sim.types import Float32Array, FloatArray


@dataclass(frozen=True)
class Decision:
    """What was decided in one step, and by whom."""

    at_wheel: str
    commands: FloatArray  # (1, 2): steering angle [rad] and target speed [m/s]
    action: int | None = None  # index into the action table, where a policy decided
    q_values: Float32Array | None = None  # (actions,), where a policy drove or looked on


@dataclass
class DriveLog:
    """A drive from its beginning; grows while it lasts."""

    config: EnvConfig
    road_seed: int
    seed: Seed
    hashes: list[int] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """Control steps so far."""
        return len(self.decisions)

    def recording(self, driver: str) -> Recording:
        """The drive so far, to keep."""
        actions = [-1 if item.action is None else item.action for item in self.decisions]
        return Recording(
            driver=driver,
            config=self.config,
            road_seed=self.road_seed,
            seed=self.seed,
            commands=np.concatenate([np.empty((0, 2)), *(item.commands for item in self.decisions)]),
            actions=np.array(actions, dtype=np.int16),
            hashes=np.array(self.hashes, dtype=np.uint64),
            q_values=self._q_values(),
        )

    def _q_values(self) -> Float32Array | None:
        known = next((item.q_values for item in reversed(self.decisions) if item.q_values is not None), None)
        if known is None:
            return None
        unknown = np.full_like(known, np.nan)
        return np.stack([unknown if item.q_values is None else item.q_values for item in self.decisions])


def decisions_of(recording: Recording) -> list[Decision]:
    """What was decided in each step of a recording."""
    values = recording.q_values
    return [
        Decision(
            at_wheel=recording.driver,
            commands=recording.commands[[step]],
            action=None if action < 0 else int(action),
            q_values=None if values is None or np.isnan(values[step]).any() else values[step],
        )
        for step, action in enumerate(recording.actions)
    ]
