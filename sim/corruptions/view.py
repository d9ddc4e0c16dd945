"""What a policy is shown through a worse camera: stacks of corrupted frames, carried on from step to step."""

import numpy as np

from sim.corruptions.catalog import FILTERS, HOLDS, Corruption
from sim.corruptions.scene import Scene, scene_of
from sim.types import BoolArray, ByteArray, IntArray
from sim.world import World


class CorruptedView:
    """The frames of a world's cars as a corrupted camera gives them.

    The newest frame is corrupted once; in the following observations the stack holds it as it was seen. A picture that
    does not arrive is replaced by the one before it, which a stack then holds twice.
    """

    def __init__(self, world: World, corruption: Corruption, seed: int = 0) -> None:
        """Watches ``world``; what is drawn by chance follows from ``seed``, a car's road and its step alone."""
        self.world = world
        self._seed = seed
        filters, holds = FILTERS.get(corruption.name), HOLDS.get(corruption.name)
        self._filter = None if filters is None else filters(corruption.severity, world.config.camera)
        self._hold = None if holds is None else holds(corruption.severity)
        self._frames: ByteArray = np.zeros_like(world.frames)
        self._moments: IntArray = np.full(world.num_cars, -1, dtype=np.int64)

    def look(self) -> ByteArray:
        """The observations now, (N, H, W, C x stack) uint8, live: look once after each reset and each step."""
        moments = self.world.telemetry.steps.copy()
        begins = moments == 0
        cars = np.flatnonzero(begins | (moments != self._moments))
        self._moments = moments
        if len(cars) > 0:
            self._take(cars, begins[cars])
        return self._frames

    def _take(self, cars: IntArray, begins: BoolArray) -> None:
        """Lets the newest pictures of ``cars`` into their stacks; those that begin fill theirs with them."""
        channels, stack = self.world.config.camera.channels, self.world.config.camera.stack
        scene = scene_of(self.world, cars, self._seed)
        before = self._frames[cars]
        pictures = self._arriving(self.world.frames[cars][..., -channels:], before[..., -channels:], scene)
        after = np.concatenate([before[..., channels:], pictures], axis=3)
        after[begins] = np.tile(pictures[begins], stack)
        self._frames[cars] = after

    def _arriving(self, pictures: ByteArray, last: ByteArray, scene: Scene) -> ByteArray:
        """The pictures (N, H, W, C) that are shown, where ``last`` (N, H, W, C) were shown before."""
        shown = np.ascontiguousarray(pictures)
        if self._filter is not None:
            self._filter(shown, scene)
        if self._hold is not None:
            lost = self._hold(scene)
            shown[lost] = last[lost]
        return shown
