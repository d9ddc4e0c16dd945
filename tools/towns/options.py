"""Options of what builds towns."""

from dataclasses import dataclass

from sim.town.settings import TownSettings
from sim.town.town import Town, build_town


@dataclass
class TownOptions:
    """Which towns."""

    seeds: int = 10
    """How many towns."""
    first: int = 0
    """Seed of the first one."""
    size_m: float = 500.0
    """Extent of the towns [m]."""
    left_hand: bool = False
    """Whether traffic keeps to the left."""

    def build(self, seed: int) -> Town:
        """The town of a seed."""
        return build_town(seed, TownSettings(self.size_m, self.left_hand))

    def numbers(self) -> range:
        """Their seeds."""
        return range(self.first, self.first + self.seeds)
