"""Tests of ``agents/curves``."""
