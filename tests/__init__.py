"""Tests, in rooms like those of the packages; what concerns several packages stands here."""
