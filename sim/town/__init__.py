"""Procedural towns: a seed gives streets, junctions, signals and what stands beside them."""
