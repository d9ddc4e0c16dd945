"""``dashcam film``."""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rich.text import Text

from agents.commands.common import CONSOLE, PolicyOption, RoadOptions, parse_seeds, say
from agents.words import counted, next_line, place_noun
from sim.errors import UserError

MOST_FAILURES = 1_000


@dataclass
class Film(RoadOptions, PolicyOption):
    """Film a policy's best drive, worst drive and failures on unseen roads. Needs no display."""

    out: Path = Path("film.mp4")
    """Film to write (.mp4 or .gif)."""
    road_seeds: str | None = None
    """Road seeds, FIRST:LAST; by default a hundred test roads from 1000000 on, or all roads of a file."""
    failures: int = 6
    """Greatest number of failures to show: departures from the lane, and in towns broken rules."""
    view: Literal["dashboard", "chase"] = "dashboard"
    """View through the windscreen, or from behind."""
    explain: bool = False
    """Show what the policy looks at and where it takes the lane to be; this takes longer."""

    def run(self) -> None:
        from agents.bundles.bundle import REFERENCE
        from agents.cockpit.clips import best, failures_of, worst
        from agents.cockpit.failures import shows
        from agents.cockpit.film import check_film_path, check_gif_length, record
        from agents.cockpit.screen import DisplayOptions
        from agents.cockpit.session import Session
        from agents.cockpit.shots import clip_shots, length_s
        from agents.drives.drivers import require_told
        from agents.drives.rollouts import roll_out
        from agents.explaining.explain import Explainer
        from agents.policy import load_policy
        from agents.roads.files import seeds_to_watch
        from agents.scoring.evaluate import evaluation_config

        seeds = None if self.road_seeds is None else parse_seeds(self.road_seeds)
        if not 0 <= self.failures <= MOST_FAILURES:
            raise UserError(f"--failures is {self.failures}, but must be from 0 to {MOST_FAILURES}.")
        check_film_path(self.out)
        policy = load_policy(self.policy)
        roads = self.roads(policy.config.roads)
        require_told(policy, roads)
        seeds = seeds or seeds_to_watch(roads)
        places = counted(len(seeds), place_noun(roads))
        with CONSOLE.status(Text(f"{policy.name} drives {'through ' if roads.kind == 'town' else ''}{places} ...")):
            environment = evaluation_config(replace(policy.config, roads=roads))
            rollouts = roll_out(policy, environment, seeds)
            failed = failures_of(rollouts)
        clips = [best(rollouts), worst(rollouts), *failed[: self.failures]]
        check_gif_length(self.out, length_s(clips))
        session = Session(policy, environment, seeds[0], Explainer(policy))
        started = time.monotonic()
        with CONSOLE.status(f"Filming {len(clips)} scenes ..."):
            record(clip_shots(session, clips, explain=self.explain), self.out, DisplayOptions(view=self.view))
        took = time.monotonic() - started
        left = f"The lane was left {counted(len(failed), 'time')} on {places}"
        if roads.kind == "town":
            left = f"There were {counted(len(failed), 'failure')} in {places}"
        CONSOLE.print(f"{left}; the film shows {len(clips) - 2}." if failed else f"{left}.")
        CONSOLE.print(f"Film: {self.out} ({length_s(clips):.0f} s, made in {took:.0f} s)", highlight=False)
        run = self.policy or REFERENCE
        if failed and shows(run, policy, environment, {clip.recording.road_seed for clip in failed}):
            say(next_line(["play", "--failures", run]))
