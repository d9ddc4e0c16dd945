"""The best policy of a run, in its folder: replaced atomically, and kept in memory while the disk refuses it."""

from pathlib import Path
from typing import Any

from rich.console import Console

from agents.bundles.bundle import BUNDLE
from agents.policy import Policy, describe
from agents.training.best_effort import BestEffort
from perception.atomic import atomic_folder
from perception.manifest import WEIGHTS
from perception.weights import pack_weights
from sim.errors import UserError


class BestPolicy:
    """The policy folder of a run."""

    def __init__(self, folder: Path, console: Console) -> None:
        """Keeps policies in ``folder``, one at a time."""
        self.folder = folder
        self._attempts = BestEffort(console, f"The best policy in {folder}", "it is kept in memory and tried again")
        self._best: tuple[dict[str, Any], bytes] | None = None
        self._written = True

    def keep(self, policy: Policy) -> None:
        """Puts a policy, with its weights as they are now, in place of the one before."""
        self._best, self._written = (describe(policy), pack_weights(policy.network)), False
        self.save()

    def save(self) -> None:
        """Writes what could not be written before, or was removed since."""
        if self._best is not None and not (self._written and self.folder.is_dir()):
            self._written = self._attempts.attempt(self._write)

    def require_saved(self) -> None:
        """Makes sure, for the last time, that the policy is in its folder.

        Raises:
            UserError: it cannot be written.
        """
        self.save()
        if not self._written:
            raise UserError(
                f"The best policy could not be written to {self.folder}; make room on the disk and use "
                "--resume, or train again with another --out."
            )

    def _write(self) -> None:
        assert self._best is not None
        description, weights = self._best
        with atomic_folder(self.folder) as fresh:
            BUNDLE.write(fresh, description, {WEIGHTS: weights})
