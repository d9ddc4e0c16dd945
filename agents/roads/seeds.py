"""The roads that are driven where none are named."""

from sim.config import TEST_ROAD_SEEDS

TEST_SEEDS = range(TEST_ROAD_SEEDS[0], TEST_ROAD_SEEDS[0] + 100)  # that films show and studies report on
