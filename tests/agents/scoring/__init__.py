"""Tests of ``agents/scoring``."""
