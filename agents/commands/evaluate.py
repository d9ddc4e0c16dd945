"""``dashcam evaluate``."""

from dataclasses import dataclass
from pathlib import Path

import tyro

from agents.commands.common import CONSOLE, free_folder, parse_seeds
from agents.files import claim_folder


@dataclass
class Evaluate:
    """Drive fixed unseen roads and print the scores beside drivers that need no learning."""

    policies: tyro.conf.Positional[tuple[Path, ...]] = ()
    """Run folders or policy folders; the reference policy if none is named."""
    road_seeds: str = "1000000:1000099"
    """First and last road seed; test roads begin at 1000000."""
    road: str = "procedural"
    """Kind of road: procedural, straight, circle or s-curve."""
    out: Path | None = None
    """Folder for scorecard.json; runs/evaluation-N by default."""

    def run(self) -> None:
        """Runs the command."""
        from agents.evaluate import PolicyDriver, baselines, drive
        from agents.policy import load_policy
        from agents.report import table, write_scorecard
        from sim.config import RoadsConfig

        RoadsConfig(kind=self.road)  # type: ignore[arg-type]  # says what kinds there are
        seeds = parse_seeds(self.road_seeds)
        out = self.out or free_folder("evaluation")
        policies = [load_policy(path) for path in self.policies or (None,)]
        claim_folder(out)
        drivers = [*((PolicyDriver(item), item.config) for item in policies)]
        scores = []
        for driver, env in [*drivers, *((item, policies[0].config) for item in baselines())]:
            with CONSOLE.status(f"{driver.name} drives {len(seeds)} roads ..."):
                scores.append(drive(driver, env, seeds, self.road))  # type: ignore[arg-type]
        roads = f"{self.road}, seeds {self.road_seeds}"
        CONSOLE.print(table(scores, roads))
        CONSOLE.print(f"Scores: {write_scorecard(scores, roads, out)}")
        named = " ".join(str(path) for path in self.policies[:1])
        CONSOLE.print(f"Next: dashcam play {named}".rstrip(), highlight=False)
