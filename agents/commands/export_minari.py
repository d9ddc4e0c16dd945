"""``dashcam export-minari``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro

from agents.commands.common import CONSOLE


@dataclass
class ExportMinari:
    """Convert labelled frames to a Minari dataset with lossless frames. Needs the extra minari."""

    data: tyro.conf.Positional[Path]
    """Folder written by "dashcam collect"."""
    name: str = "dashcam/frames-v0"
    """Name of the Minari dataset, which is stored under MINARI_DATASETS_PATH."""
    split: Literal["train", "validation", "test"] = "train"
    """Roads to convert."""

    def run(self) -> None:
        from perception.minari_export import export_minari

        with CONSOLE.status("Exporting ..."):
            episodes, steps = export_minari(self.data, self.split, self.name)
        CONSOLE.print(f"Minari dataset: {self.name} ({episodes:,} episodes, {steps:,} steps)", highlight=False)
        CONSOLE.print(f'Next: python -c "import minari; minari.load_dataset({self.name!r})"', highlight=False)
