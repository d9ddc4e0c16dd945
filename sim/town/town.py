"""A town by seed: its network, what lies on the ground and what stands beside the streets."""

from dataclasses import dataclass

import numpy as np

from sim.network.network import Network, frozen
from sim.network.routing import strongly_connected
from sim.town.assemble import Parts, assemble
from sim.town.check import can_be_driven
from sim.town.furniture import Furniture, furnish
from sim.town.ground import make_surfaces
from sim.town.layout import draw_layout
from sim.town.mirror import mirrored
from sim.town.settings import TownSettings
from sim.town.surfaces import Surfaces


@dataclass(frozen=True, eq=False)
class Town:
    """A town: all that drivers, painters and the camera need to know of it."""

    seed: int
    settings: TownSettings
    network: Network
    surfaces: Surfaces
    furniture: Furniture

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"the town of seed {self.seed}"


def build_town(seed: int, settings: TownSettings | None = None) -> Town:
    """The town of a seed (0 or more), always the same.

    Its lanes all lead to one another; what does not, or finds no room, is drawn again.
    """
    settings = settings or TownSettings()
    random, parts = _draw(seed, settings.size_m)
    network, surfaces, furniture = parts.network, make_surfaces(parts), furnish(random, parts)
    if settings.left_hand:
        network, surfaces, furniture = mirrored(network, surfaces, furniture)
    return Town(seed, settings, frozen(network), surfaces, furniture)


def _draw(seed: int, size: float) -> tuple[np.random.Generator, Parts]:
    attempt = 0
    while True:
        random = np.random.default_rng([seed, attempt])
        layout = draw_layout(random, size)
        if layout is not None:
            parts = assemble(random, *layout)
            if strongly_connected(parts.network) and can_be_driven(parts):
                return random, parts
        attempt += 1
