"""``dashcam play``."""

from dataclasses import dataclass, replace
from pathlib import Path

import tyro

from agents.commands.common import CONSOLE, require_road_seed
from sim.errors import UserError

LONGEST_FILM_S = 3600.0


@dataclass
class Play:
    """Watch a policy drive in a window, drive yourself, or record a film without a display."""

    policy: tyro.conf.Positional[Path | None] = None
    """Run folder or policy folder; the reference policy if none is named."""
    driver: str = "policy"
    """policy, human, pure-pursuit, constant-speed or random."""
    road_seed: int = 1_000_000
    """The first road; N and B go on and back."""
    road: str = "procedural"
    """Kind of road: procedural, straight, circle or s-curve; or a file: circuit (.csv) or OpenDRIVE map (.xodr)."""
    lane: str | None = None
    """Lane of a map, as "dashcam roads" names them, or all; the main lane by default."""
    record: Path | None = None
    """Film to write instead of opening the window: a name that ends in .mp4 or .gif."""
    seconds: float = 60.0
    """Length of the film [s]."""
    explain: bool = False
    """Draw what the policy looks at and where it takes the lane to be; in the window, S switches this on and off."""

    def run(self) -> None:
        """Runs the command."""
        from agents.explain import Explainer
        from agents.film import check_film_path, record
        from agents.policy import load_policy
        from agents.road_files import named_roads
        from agents.session import HumanDriver, Session, drive_moments, make_driver

        require_road_seed(self.road_seed)
        if not 0.0 < self.seconds <= LONGEST_FILM_S:
            raise UserError(
                f"A film of {self.seconds} s was asked for, but it must be from 0 to {LONGEST_FILM_S:.0f} s."
            )
        if self.record is not None:
            check_film_path(self.record)
            if self.driver == HumanDriver.name:
                raise UserError(
                    "A person cannot drive where there is no window; leave out --record, or the human driver."
                )
        roads = named_roads(self.road, self.lane)
        policy = load_policy(self.policy)
        driver = policy if self.driver == "policy" else make_driver(self.driver)
        env = replace(policy.config, roads=roads)
        session = Session(driver, env, 0 if roads.file else self.road_seed, Explainer(policy), roads.kind)
        session.explaining = self.explain
        if self.record is None:
            from agents.play import play

            play(session, driver if isinstance(driver, HumanDriver) else None)
            return
        with CONSOLE.status(f"Recording {self.seconds:.0f} s ..."):
            count = record(drive_moments(session, self.seconds), self.record)
        CONSOLE.print(f"Film: {self.record} ({count} pictures)")
