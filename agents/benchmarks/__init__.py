"""Measurements that a user can repeat with one command."""
