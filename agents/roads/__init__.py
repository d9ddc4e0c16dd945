"""The roads that commands drive: test roads, and road files, described and drawn for people."""

from sim.config import TEST_ROAD_SEEDS

TEST_SEEDS = range(TEST_ROAD_SEEDS[0], TEST_ROAD_SEEDS[0] + 100)  # of the roads that films show and studies report on
