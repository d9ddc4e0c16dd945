"""Tests of ``agents/page``."""
