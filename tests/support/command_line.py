"""Runs a command of ``dashcam`` in this process."""

from agents.cli import main


def run(*words: str) -> int:
    """The exit code of ``dashcam WORDS``."""
    try:
        main(words)
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0
