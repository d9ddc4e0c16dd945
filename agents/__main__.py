"""``python -m agents`` is the command ``dashcam``."""

from agents.cli import main

main()
