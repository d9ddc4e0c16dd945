"""Experiments: what settings, encoders and training roads are worth."""
