"""What a place is: lanes and how they hang together, junctions, conflicts, signals and crossings, as plain arrays."""
