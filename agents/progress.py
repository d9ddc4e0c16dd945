"""Shows how long work goes on: a bar on a terminal, a line now and then elsewhere."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from agents.words import percentage

PLAIN_INTERVAL_S = 10.0  # between two lines where there is no terminal


class RateColumn(ProgressColumn):
    """Frames per second."""

    def render(self, task: Task) -> Text:
        """The rate, or nothing before there is one."""
        return Text("" if task.speed is None else f"{task.speed:,.0f} frames/s", style="cyan")


def frames_bar(console: Console, may_end_early: bool = False) -> Progress:
    """Frames done, frames/s and time left of a task, and its description; nothing where there is no terminal.

    Where the task ``may_end_early``, the time left is what it takes at the most.
    """
    return Progress(
        TextColumn("{task.completed:,.0f} frames"),
        BarColumn(),
        RateColumn(),
        *([TextColumn("at most")] if may_end_early else []),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
        console=console,
        disable=not console.is_terminal,
    )


class TrainingProgress:
    """Frames learned from, frames/s, time left, and the best score so far; above them, a line for each evaluation."""

    def __init__(self, total_frames: int, console: Console, may_end_early: bool = False, seen_frames: int = 0) -> None:
        """Counts from ``seen_frames`` to ``total_frames``, where the run ends unless it ``may_end_early``."""
        self._console = console
        self._at_most = "at most " if may_end_early else ""
        self._total, self._seen = total_frames, seen_frames
        self._best = "no evaluation yet"
        self._started = self._last_line = time.monotonic()
        self._bar = frames_bar(console, may_end_early)
        self._task = self._bar.add_task(self._best, total=total_frames, completed=seen_frames)

    def __enter__(self) -> "TrainingProgress":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()

    def advance(self, frames: int) -> None:
        """Says how many frames have been learned from so far."""
        self._bar.update(self._task, completed=frames)
        now = time.monotonic()
        if not self._console.is_terminal and now - self._last_line >= PLAIN_INTERVAL_S:
            self._last_line = now
            rate = (frames - self._seen) / (now - self._started)
            left = f"{self._at_most}{(self._total - frames) / rate:.0f} s left"
            self._console.print(f"{frames:,} frames, {rate:,.0f} frames/s, {left}, {self._best}")

    def tell(self, line: str) -> None:
        """Says something that stays."""
        self._console.print(line, highlight=False)

    def best(self, success_rate: float) -> None:
        """Takes in the best success rate so far, 0..1."""
        self._best = f"best {percentage(success_rate)}%"
        self._bar.update(self._task, description=self._best)
