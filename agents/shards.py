"""Work on a batch in two shards, on two threads; see ``perception.shards``."""

from perception.shards import SHARDS, SMALLEST_BATCH, map_shards

__all__ = ["SHARDS", "SMALLEST_BATCH", "map_shards"]
