"""Tests of ``sim/town``."""
