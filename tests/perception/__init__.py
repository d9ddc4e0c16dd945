"""Tests of ``perception``."""
