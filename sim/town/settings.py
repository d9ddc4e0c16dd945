"""What can be set of a procedural town."""

from dataclasses import dataclass

from sim.fields import require, require_types


@dataclass(frozen=True)
class TownSettings:
    """How a town is drawn; the seed decides everything else."""

    size_m: float = 500.0
    """Extent from west to east and from south to north [m]."""
    left_hand: bool = False
    """Whether traffic keeps to the left; such a town is the mirror image of the one with traffic on the right."""

    def __post_init__(self) -> None:
        require_types(self)
        require(300.0 <= self.size_m <= 1000.0, f"town size_m is {self.size_m}, but must be from 300 to 1000 m")
