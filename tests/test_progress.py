"""What is said of the time that work will take."""

import io

import pytest
from rich.console import Console

from agents.progress import TrainingProgress, frames_bar


@pytest.mark.parametrize("may_end_early", [False, True])
def test_the_time_left_is_a_bound_where_a_run_may_end_before(
    may_end_early: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.progress.PLAIN_INTERVAL_S", 0.0)
    for terminal in (False, True):
        console = Console(file=io.StringIO(), force_terminal=terminal, width=120)
        with TrainingProgress(100, console, may_end_early) as progress:
            progress.advance(50)
        said = console.file.getvalue()  # type: ignore[attr-defined]
        assert "50 frames" in said
        assert ("at most" in said) == may_end_early


def test_nothing_is_drawn_where_there_is_no_terminal() -> None:
    console = Console(file=io.StringIO())
    with frames_bar(console) as bar:
        bar.add_task("", total=10)
    assert console.file.getvalue() == ""  # type: ignore[attr-defined]
