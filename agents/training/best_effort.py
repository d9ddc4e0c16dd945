"""Writes that may fail without ending a run: a failure is reported once, and tried again."""

from collections.abc import Callable

from rich.console import Console


class BestEffort:
    """Writes one kind of thing; a failure is reported, and does not end the run."""

    def __init__(self, console: Console, what: str, meanwhile: str) -> None:
        """Says, when ``what`` cannot be written, what happens ``meanwhile``."""
        self._console, self._what, self._meanwhile = console, what, meanwhile
        self._failing = False

    def attempt(self, write: Callable[[], object]) -> bool:
        """Whether ``write`` went through; it may raise ``OSError``."""
        try:
            write()
        except OSError as error:
            if not self._failing:
                self._say(f"{self._what} cannot be written ({error.strerror or error}); {self._meanwhile}.")
            self._failing = True
            return False
        if self._failing:
            self._say(f"{self._what} can be written again.")
        self._failing = False
        return True

    def _say(self, sentence: str) -> None:
        self._console.print(sentence, style="yellow", highlight=False, markup=False, soft_wrap=True)
