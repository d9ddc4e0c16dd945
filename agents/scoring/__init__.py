"""Evaluation: suites, metrics, statistics, and the tables that people read."""
