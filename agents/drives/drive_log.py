"""What happened in a drive so far: enough to repeat it, to save it, and to return to any of its steps."""

from dataclasses import dataclass, field

import numpy as np

from agents.drives.recording import Recording, Seed, begin, frame_hash, trip_of
from sim.config import EnvConfig
from sim.trips import Trip
from sim.types import Float32Array, FloatArray
from sim.world import World


@dataclass(frozen=True)
class Control:
    """Who drove in one control step, and how."""

    driver: str
    commands: FloatArray  # (1, 2): steering angle [rad] and target speed [m/s]
    action: int | None = None  # index into the action table, where a policy drove
    q_values: Float32Array | None = None  # (actions,), where a policy drove or rode along


@dataclass
class DriveLog:
    """A drive from its start; grows while it lasts."""

    config: EnvConfig
    road_seed: int
    seed: Seed
    trip: Trip | None = None  # in a town
    hashes: list[int] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)

    @classmethod
    def start(cls, world: World, road_seed: int, seed: Seed, trip: Trip | None = None) -> "DriveLog":
        """Puts a world of one car at the start of a drive, see ``begin``, which is logged from there on."""
        begin(world, road_seed, seed, trip)
        return cls(world.config, road_seed, seed, trip_of(world), [frame_hash(world.frames[0])])

    def step(self, world: World, control: Control) -> None:
        """Drives one control step in the world of this drive."""
        world.step(control.commands)
        self.controls.append(control)
        self.hashes.append(frame_hash(world.frames[0]))

    @property
    def steps(self) -> int:
        """Control steps so far."""
        return len(self.controls)

    def recording(self, driver: str) -> Recording:
        """The drive so far, to keep."""
        actions = [-1 if item.action is None else item.action for item in self.controls]
        return Recording(
            driver=driver,
            config=self.config,
            road_seed=self.road_seed,
            seed=self.seed,
            commands=np.concatenate([np.empty((0, 2)), *(item.commands for item in self.controls)]),
            actions=np.array(actions, dtype=np.int16),
            hashes=np.array(self.hashes, dtype=np.uint64),
            q_values=self._q_values(),
            trip=self.trip,
        )

    def _q_values(self) -> Float32Array | None:
        known = next((item.q_values for item in reversed(self.controls) if item.q_values is not None), None)
        if known is None:
            return None
        unknown = np.full_like(known, np.nan)
        return np.stack([unknown if item.q_values is None else item.q_values for item in self.controls])


def controls_of(recording: Recording) -> list[Control]:
    """How each step of a recording was driven."""
    values = recording.q_values
    return [
        Control(
            driver=recording.driver,
            commands=recording.commands[[step]],
            action=None if action < 0 else int(action),
            q_values=None if values is None or np.isnan(values[step]).any() else values[step],
        )
        for step, action in enumerate(recording.actions)
    ]
