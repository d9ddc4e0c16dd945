"""Tests of ``agents/drives``."""
