"""Checks and measurements of this repository: ``python -m tools.NAME``."""
