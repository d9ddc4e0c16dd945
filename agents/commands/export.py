"""``dashcam export``."""

from dataclasses import dataclass
from pathlib import Path

from agents.commands.common import CONSOLE, PolicyOption, say
from agents.files import claimed
from agents.words import next_line


@dataclass
class Export(PolicyOption):
    """Export a policy as a bundle: a folder that drives without PyTorch and works with evaluate and play, too."""

    out: Path | None = None
    """Folder for the bundle; runs/bundle-N by default."""

    def run(self) -> None:
        from agents.bundles.bundle import DESCRIPTION, MAX_BYTES, bundle_folder
        from agents.deploy.export import CHECKED_FRAMES, export_bundle
        from agents.policy import load_policy

        policy = load_policy(self.policy)
        with claimed(self.out, "bundle") as out, CONSOLE.status("Exporting ..."):
            difference = export_bundle(policy, bundle_folder(self.policy), out)
        parts = sorted(path for path in out.iterdir() if path.name in {DESCRIPTION, *MAX_BYTES})
        size, names = sum(path.stat().st_size for path in parts), ", ".join(path.name for path in parts)
        say(f"Bundle: {out} ({size / 1e6:.1f} MB: {names})")
        CONSOLE.print(
            f"Q-values of PyTorch and ONNX differ by {difference:.1e} at the most on {CHECKED_FRAMES:,} frames.",
            highlight=False,
        )
        say(next_line(["evaluate", out], ["play", out]))
