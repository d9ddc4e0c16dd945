"""``dashcam explain``."""

from dataclasses import dataclass, replace
from pathlib import Path

import tyro

from agents.commands.common import CONSOLE, require_road_seed
from agents.files import check_picture_path
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
    road_seed: int | None = None
    """The road, 1000000 or the first one of a file by default."""
    road: str | None = None
    """Kind of road, or a file, as "dashcam play" takes them."""
    lane: str | None = None
    """Lane of a map, as "dashcam roads" names them, or all; the main lane by default."""
    pictures: int = 4
    """How many moments."""
    seconds: float = 5.0
    """Driving between two moments [s]."""

    def run(self) -> None:
        """Runs the command."""
        from agents.cockpit.explained import ENDINGS, write_explained
        from agents.cockpit.session import Session
        from agents.explaining.explain import Explainer
        from agents.policy import load_policy
        from agents.roads.files import named_roads, roads_to_watch

        if self.road_seed is not None:
            require_road_seed(self.road_seed)
        named = None if self.road is None and self.lane is None else named_roads(self.road or "procedural", self.lane)
        if not 1 <= self.pictures <= MOST_PICTURES:
            raise UserError(f"{self.pictures} pictures were asked for, but it must be from 1 to {MOST_PICTURES}.")
        if not 0.0 < self.seconds <= LONGEST_GAP_S:
            raise UserError(
                f"{self.seconds} s between two pictures were asked for, but it must be above 0 and at most "
                f"{LONGEST_GAP_S:.0f} s."
            )
        check_picture_path(self.out, ENDINGS)
        policy = load_policy(self.policy)
        roads = named or roads_to_watch(policy.config.roads)
        first = 0 if roads.file else TEST_SEEDS[0]
        with CONSOLE.status("Driving ..."):
            session = Session(
                policy,
                replace(policy.config, roads=roads),
                first if self.road_seed is None else self.road_seed,
                Explainer(policy),
            )
            write_explained(session, self.pictures, self.seconds, self.out)
        CONSOLE.print(f"Picture: {self.out}", highlight=False)
        policies = [self.policy] if self.policy else []
        CONSOLE.print(next_line(["play", *policies, "--explain"]), highlight=False, soft_wrap=True)
