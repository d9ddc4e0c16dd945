"""Drives to look at: who drives, what is kept of a drive, and films of it."""
