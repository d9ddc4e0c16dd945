"""Tests of ``agents/explaining``."""
