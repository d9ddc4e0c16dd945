"""``dashcam explain``."""

from dataclasses import dataclass, replace
from pathlib import Path

from agents.commands.common import CONSOLE, PolicyOption, RoadOptions, require_road_seed, say
from agents.files import check_picture_path
from agents.words import next_line
from sim.errors import UserError

MOST_PICTURES = 100
LONGEST_GAP_S = 600.0


@dataclass
class Explain(RoadOptions, PolicyOption):
    """Draw what a policy looks at and where it takes the lane to be, for several moments of a drive, as one picture.

    A place glows if blurring it would change how clearly the chosen action stands out. The blue lane is read from the
    frame's features by a linear probe. "dashcam play --explain" shows the same in motion.
    """

    out: Path = Path("explained.png")
    """Picture to write (.png)."""
    road_seed: int | None = None
    """Seed of the road; 1000000, or the first road of a file, by default."""
    pictures: int = 4
    """Number of moments to draw."""
    seconds: float = 5.0
    """Time between two moments [s]."""

    def run(self) -> None:
        from agents.cockpit.explained import write_explained
        from agents.cockpit.session import Session
        from agents.drives.drivers import require_told
        from agents.explaining.explain import Explainer
        from agents.policy import load_policy
        from agents.roads.files import seeds_to_watch

        require_road_seed(self.road_seed)
        if not 1 <= self.pictures <= MOST_PICTURES:
            raise UserError(f"--pictures is {self.pictures}, but must be from 1 to {MOST_PICTURES}.")
        if not 0.0 < self.seconds <= LONGEST_GAP_S:
            raise UserError(f"--seconds is {self.seconds}, but must be above 0 and at most {LONGEST_GAP_S:.0f}.")
        check_picture_path(self.out, (".png",))
        policy = load_policy(self.policy)
        roads = self.roads(policy.config.roads)
        require_told(policy, roads)
        first_road = seeds_to_watch(roads)[0] if self.road_seed is None else self.road_seed
        with CONSOLE.status("Driving ..."):
            session = Session(policy, replace(policy.config, roads=roads), first_road)
            write_explained(session, Explainer(policy), self.pictures, self.seconds, self.out)
        CONSOLE.print(f"Picture: {self.out}", highlight=False)
        say(next_line(["play", *([self.policy] if self.policy else []), "--explain"]))
