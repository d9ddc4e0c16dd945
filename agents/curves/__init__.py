"""Learning curves: what runs have logged, runs that differ by the seed alone, and their picture."""
