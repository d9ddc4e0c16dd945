"""What a run will need of the memory, known before it starts."""

import psutil

from sim.errors import UserError

MEMORY_SHARE = 0.8  # of the memory that is available now; more would make the machine swap


def require_memory(needed: int, what: str, advice: str) -> None:
    """Makes sure that ``needed`` [bytes] are there; ``what`` needs them, ``advice`` tells how to need less.

    Raises:
        UserError: they exceed 80 % of the available memory.
    """
    available = psutil.virtual_memory().available
    if needed > MEMORY_SHARE * available:
        raise UserError(
            f"{what} would need {needed / 1e9:.2f} GB, but only {available / 1e9:.2f} GB of memory are available; "
            f"{advice}."
        )
