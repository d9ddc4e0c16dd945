"""Tests of ``agents/cockpit``."""
