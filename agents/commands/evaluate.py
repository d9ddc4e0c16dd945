"""``dashcam evaluate``."""

from dataclasses import dataclass, replace
from pathlib import Path

import tyro

from agents.commands.common import CONSOLE, free_folder, parse_seeds
from agents.config import VALIDATION_FIRST_SEED
from agents.files import claim_folder
from agents.hints import next_line
from sim.config import TRAIN_ROAD_SEEDS


@dataclass
class Evaluate:
    """Drive fixed unseen roads and print the scores beside drivers that need no learning."""

    policies: tyro.conf.Positional[tuple[Path, ...]] = ()
    """Run folders or policy folders; the reference policy if none is named."""
    road_seeds: str = "1000000:1000099"
    """First and last road seed; test roads begin at 1000000."""
    road: str = "procedural"
    """Kind of road: procedural, straight, circle or s-curve; or a file: circuit (.csv) or OpenDRIVE map (.xodr)."""
    lane: str | None = None
    """Lane of a map, as "dashcam roads" names them, or all; the main lane by default."""
    out: Path | None = None
    """Folder for scorecard.json; runs/evaluation-N by default."""

    def run(self) -> None:
        """Runs the command."""
        from agents.evaluate import PolicyDriver, baselines, drive
        from agents.policy import load_policy
        from agents.report import table, write_scorecard
        from agents.road_files import named_roads

        roads = named_roads(self.road, self.lane)
        seeds = range(roads.count) if roads.file else parse_seeds(self.road_seeds)
        out = self.out or free_folder("evaluation")
        policies = [load_policy(path) for path in self.policies or (None,)]
        claim_folder(out)
        drivers = [*((PolicyDriver(item), item.config) for item in policies)]
        scores = []
        for driver, env in [*drivers, *((item, policies[0].config) for item in baselines())]:
            with CONSOLE.status(f"{driver.name} drives {len(seeds)} roads ..."):
                scores.append(drive(driver, replace(env, roads=roads), seeds, roads.kind))
        named = self.road if roads.file else f"{self.road}, seeds {self.road_seeds}"
        CONSOLE.print(table(scores, named))
        if self.road == "procedural":
            CONSOLE.print(_remark(seeds), end="")
        CONSOLE.print(f"Scores: {write_scorecard(scores, named, out)}")
        following = ["--road", self.road] if roads.file else []
        following += ["--lane", self.lane] if self.lane else []
        line = next_line(["play", *self.policies[:1], *following])
        CONSOLE.print(line, highlight=False, soft_wrap=True)


def _remark(seeds: range) -> str:
    """What such scores do not say."""
    if seeds.start <= TRAIN_ROAD_SEEDS[1]:
        return "These are training roads: the scores say nothing about unseen ones.\n"
    if seeds.stop > VALIDATION_FIRST_SEED:
        return f"Roads from {VALIDATION_FIRST_SEED} on choose the best policy of a run: report roads before them.\n"
    return ""
