"""Tests of ``agents/benchmarks``."""
