"""A policy as files: the bundle, what goes into it, and the service that drives from it."""
