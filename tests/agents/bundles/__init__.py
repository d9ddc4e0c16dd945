"""Tests of ``agents/bundles``."""
