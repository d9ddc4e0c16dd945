"""Tests of ``sim/corruptions``."""
