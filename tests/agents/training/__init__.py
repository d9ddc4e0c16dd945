"""Tests of ``agents/training``."""
