"""Road files for people: what is in them, and what they look like."""
