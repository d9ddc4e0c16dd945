"""Trains a preset with several seeds and prints what each reaches on the 100 test roads.

python benchmarks/training_seeds.py --seeds 5 --out runs/seeds
"""

import dataclasses
from pathlib import Path

import tyro
from rich.console import Console
from rich.table import Table

from agents.config import preset
from agents.evaluate import TEST_SEEDS, PolicyDriver, drive
from agents.policy import load_policy
from agents.train import train


def main(preset_name: str = "quick", seeds: int = 5, out: Path = Path("runs/seeds")) -> None:
    """Trains and prints a row per seed.

    Args:
        preset_name: The preset.
        seeds: How many seeds, from 0 on.
        out: Folder for the runs.
    """
    console = Console()
    table = Table(title=f"preset {preset_name}, {len(TEST_SEEDS)} test roads")
    for heading in ("seed", "success", "completion", "speed m/s", "lateral RMSE m", "best at", "whole run"):
        table.add_column(heading, justify="right")
    for seed in range(seeds):
        config = dataclasses.replace(preset(preset_name), seed=seed)
        result = train(config, out / f"seed-{seed}", console)
        policy = load_policy(result.out)
        scores = drive(PolicyDriver(policy), policy.config, TEST_SEEDS).totals
        table.add_row(
            str(seed),
            f"{scores.success_rate:.0%}",
            f"{scores.route_completion:.1%}",
            f"{scores.mean_speed_mps:.2f}",
            f"{scores.lateral_rmse_m:.2f}",
            f"{result.best.frames:,} frames, {result.best.training_s:.0f} s",
            f"{result.frames:,} frames, {result.training_s:.0f} s",
        )
    console.print(table)


if __name__ == "__main__":
    tyro.cli(main)
