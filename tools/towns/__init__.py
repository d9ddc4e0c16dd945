"""Checks and pictures of procedural towns."""
