"""Tests of ``sim/roads``."""
