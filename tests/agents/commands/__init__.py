"""Tests of ``agents/commands``."""
