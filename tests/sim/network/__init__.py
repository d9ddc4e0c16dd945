"""Tests of ``sim/network``."""
