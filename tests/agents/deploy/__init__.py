"""Tests of ``agents/deploy``."""
