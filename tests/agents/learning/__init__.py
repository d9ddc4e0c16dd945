"""Tests of ``agents/learning``."""
