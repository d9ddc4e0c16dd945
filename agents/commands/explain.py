"""``dashcam explain``."""

from dataclasses import dataclass
from pathlib import Path

import tyro

from agents.commands.common import CONSOLE, require_road_seed
from agents.hints import next_line
from agents.roads.seeds import TEST_SEEDS
from sim.errors import UserError

MOST_PICTURES = 100
LONGEST_GAP_S = 600.0


@dataclass
class Explain:
    """Draw what a policy looks at and where it takes the lane to be, at some moments of a drive, as one picture.

    A place glows where the choice would become less or more clear if that place were blurred. The blue lane is read off
    the features of the frame by a linear probe. "dashcam play --explain" shows the same in motion.
    """

    policy: tyro.conf.Positional[Path | None] = None
    """Run folder or policy folder; the reference policy if none is named."""
    out: Path = Path("explained.png")
    """Picture to write: a name that ends in .png."""
    road_seed: int = TEST_SEEDS[0]
    """The road."""
    pictures: int = 4
    """How many moments."""
    seconds: float = 5.0
    """Driving between two moments [s]."""

    def run(self) -> None:
        """Runs the command."""
        from agents.cockpit.explained import check_picture_path, write_explained
        from agents.cockpit.session import Session
        from agents.explaining.explain import Explainer
        from agents.policy import load_policy

        require_road_seed(self.road_seed)
        if not 1 <= self.pictures <= MOST_PICTURES:
            raise UserError(f"{self.pictures} pictures were asked for, but it must be from 1 to {MOST_PICTURES}.")
        if not 0.0 < self.seconds <= LONGEST_GAP_S:
            raise UserError(
                f"{self.seconds} s between two pictures were asked for, but it must be above 0 and at most "
                f"{LONGEST_GAP_S:.0f} s."
            )
        check_picture_path(self.out)
        policy = load_policy(self.policy)
        with CONSOLE.status("Driving ..."):
            session = Session(policy, policy.config, self.road_seed, Explainer(policy))
            write_explained(session, self.pictures, self.seconds, self.out)
        CONSOLE.print(f"Picture: {self.out}", highlight=False)
        named = [self.policy] if self.policy else []
        CONSOLE.print(next_line(["play", *named, "--explain"]), highlight=False, soft_wrap=True)
