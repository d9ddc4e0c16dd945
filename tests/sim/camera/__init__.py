"""Tests of ``sim/camera``."""
