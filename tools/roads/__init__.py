"""Checks of the readers of road files, and what they need."""
