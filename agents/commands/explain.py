"""``dashcam explain``."""

from dataclasses import dataclass, replace
from pathlib import Path

import tyro

from agents.commands.common import CONSOLE, require_road_seed
from agents.files import check_picture_path
from agents.hints import next_line
from agents.roads import TEST_SEEDS
from sim.errors import UserError

MOST_PICTURES = 100
LONGEST_GAP_S = 600.0


@dataclass
class Explain:
    """Draw what a policy looks at and where it takes the lane to be, for several moments of a drive, as one picture.

    A place glows if blurring it would change how clearly the chosen action stands out. The blue lane is read from the
    frame's features by a linear probe. "dashcam play --explain" shows the same in motion.
    """

    policy: tyro.conf.Positional[Path | None] = None
    """Run folder, policy folder or bundle; the reference policy by default."""
    out: Path = Path("explained.png")
    """Picture to write (.png)."""
    road_seed: int | None = None
    """Seed of the road; 1000000, or the first road of a file, by default."""
    road: str | None = None
    """Kind of road or road file, as for "dashcam play"."""
    lane: str | None = None
    """Lane of a map, as listed by "dashcam roads", or all; the main lane by default."""
    pictures: int = 4
    """Number of moments to draw."""
    seconds: float = 5.0
    """Time between two moments [s]."""

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
            raise UserError(f"--pictures is {self.pictures}, but must be from 1 to {MOST_PICTURES}.")
        if not 0.0 < self.seconds <= LONGEST_GAP_S:
            raise UserError(f"--seconds is {self.seconds}, but must be above 0 and at most {LONGEST_GAP_S:.0f}.")
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
