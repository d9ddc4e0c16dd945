"""``dashcam film``."""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import tyro
from rich.text import Text

from agents.commands.common import CONSOLE, parse_seeds
from agents.hints import next_line
from agents.words import counted
from sim.errors import UserError

MOST_FAILURES = 1_000


@dataclass
class Film:
    """Film a policy's best drive, worst drive and failures on unseen roads. Needs no display."""

    policy: tyro.conf.Positional[Path | None] = None
    """Run folder, policy folder or bundle; the reference policy by default."""
    out: Path = Path("film.mp4")
    """Film to write (.mp4 or .gif)."""
    road_seeds: str | None = None
    """Road seeds, FIRST:LAST; by default a hundred test roads from 1000000 on, or all roads of a file."""
    road: str | None = None
    """Kind of road or road file, as for "dashcam play"."""
    lane: str | None = None
    """Lane of a map, as listed by "dashcam roads", or all; the main lane by default."""
    failures: int = 6
    """Greatest number of departures from the lane to show."""
    view: Literal["dashboard", "chase"] = "dashboard"
    """View through the windscreen, or from behind."""
    explain: bool = False
    """Show what the policy looks at and where it takes the lane to be; this takes longer."""

    def run(self) -> None:
        """Runs the command."""
        from agents.bundles.bundle import REFERENCE
        from agents.cockpit.failures import shows
        from agents.cockpit.film import check_film_path, check_gif_length, record_shots
        from agents.cockpit.scenes import best, departures, length_s, shots, worst
        from agents.cockpit.screen import Wishes
        from agents.cockpit.session import Session
        from agents.drives.drivers import HumanDriver
        from agents.drives.rollouts import roll_out
        from agents.explaining.explain import Explainer
        from agents.policy import load_policy
        from agents.roads import TEST_SEEDS
        from agents.roads.files import named_roads, roads_to_watch
        from agents.scoring.evaluate import evaluation_config

        seeds = None if self.road_seeds is None else parse_seeds(self.road_seeds)
        named = None if self.road is None and self.lane is None else named_roads(self.road or "procedural", self.lane)
        if not 0 <= self.failures <= MOST_FAILURES:
            raise UserError(f"--failures is {self.failures}, but must be from 0 to {MOST_FAILURES}.")
        check_film_path(self.out)
        policy = load_policy(self.policy)
        roads = named or roads_to_watch(policy.config.roads)
        seeds = seeds or (range(roads.count) if roads.file else TEST_SEEDS)
        explainer = Explainer(policy)
        with CONSOLE.status(Text(f"{policy.name} drives {counted(len(seeds), 'road')} ...")):
            environment = evaluation_config(replace(policy.config, roads=roads))
            rollouts = roll_out(policy, environment, seeds)
            failed = departures(rollouts)
        scenes = [best(rollouts), worst(rollouts), *failed[: self.failures]]
        check_gif_length(self.out, length_s(scenes))
        session = Session(HumanDriver(), environment, seeds[0], explainer)
        session.explaining = self.explain
        began = time.monotonic()
        with CONSOLE.status(f"Filming {len(scenes)} scenes ..."):
            record_shots(shots(session, scenes, explainer), self.out, Wishes(view=self.view))
        took = time.monotonic() - began
        left = f"The lane was left {counted(len(failed), 'time')} on {counted(len(seeds), 'road')}"
        CONSOLE.print(f"{left}; the film shows {len(scenes) - 2}." if failed else f"{left}.")
        CONSOLE.print(f"Film: {self.out} ({length_s(scenes):.0f} s, made in {took:.0f} s)", highlight=False)
        run = self.policy or REFERENCE
        if failed and shows(run, policy, environment, {scene.recording.road_seed for scene in failed}):
            line = next_line(["play", "--failures", run])
            CONSOLE.print(line, highlight=False, soft_wrap=True)
