"""Explanations of networks, as figures and as pictures."""
