"""The report as one self-contained HTML page: opens from disk, needs no network."""
