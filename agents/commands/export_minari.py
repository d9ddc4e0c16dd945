"""``dashcam export-minari``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro

from agents.commands.common import CONSOLE


@dataclass
class ExportMinari:
    """Write labelled frames as a Minari dataset of episodes, with lossless frames (extra minari)."""

    data: tyro.conf.Positional[Path]
    """Folder that "dashcam collect" wrote."""
    name: str = "dashcam/frames-v0"
    """Name of the Minari dataset; its place follows from MINARI_DATASETS_PATH."""
    split: Literal["train", "validation", "test"] = "train"
    """Which roads."""

    def run(self) -> None:
        """Runs the command."""
        from perception.minari_export import export_minari

        with CONSOLE.status("Exporting ..."):
            episodes, steps = export_minari(self.data, self.split, self.name)
        CONSOLE.print(f"Minari dataset: {self.name} ({episodes:,} episodes, {steps:,} steps)", highlight=False)
        CONSOLE.print(f'Next: python -c "import minari; minari.load_dataset({self.name!r})"', highlight=False)
