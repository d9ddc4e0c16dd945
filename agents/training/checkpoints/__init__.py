"""Checkpoints of a run: the format on disk, when one is written, what state it holds, and how a run is restored."""
