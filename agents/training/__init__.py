"""A training run: from its start to its end, with all that is kept of it on the way."""
