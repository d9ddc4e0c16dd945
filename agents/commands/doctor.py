"""``dashcam doctor``."""

import sys
from dataclasses import dataclass
from pathlib import Path

from agents.commands.common import CONSOLE, say


@dataclass
class Doctor:
    """Check this installation: versions, threads, kernels, frames, memory, disk. Paste the output into bug reports."""

    folder: Path = Path()
    """Folder for runs, whose disk is checked."""

    def run(self) -> None:
        """Runs the command; the exit code is 1 where something is wrong."""
        from agents.doctor import examine
        from sim.errors import UserError

        if not self.folder.is_dir():
            raise UserError(f"There is no folder {self.folder}; give an existing one, whose disk is checked.")
        findings = examine(self.folder)
        for finding in findings:
            mark = "  <-- " + finding.advice if finding.advice else ""
            say(f"{finding.name}: {finding.value}{mark}")
        wrong = sum(bool(finding.advice) for finding in findings)
        CONSOLE.print(f"{wrong} of {len(findings)} need attention." if wrong else "All is well.")
        if wrong:
            sys.exit(1)
