"""What is said of the time that work will take."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from agents.console import plain_console
from agents.policy import load_policy
from agents.progress import TrainingProgress, frames_bar
from agents.scoring.evaluate import evaluate
from agents.scoring.suites import seeded_suite


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


def test_the_bar_of_an_evaluation_shows_brackets_as_they_are(bundle: Path) -> None:
    policy, roads = replace(load_policy(bundle), name="a[/b]"), seeded_suite("straight", [0])
    terminal = plain_console(file=io.StringIO(), force_terminal=True, width=120)
    evaluate([policy], roads, terminal)
    assert "a[/b] on straight" in terminal.file.getvalue()  # type: ignore[attr-defined]
