"""Watch a drive and take the wheel: a session's moments go into a history, and panels draw what the playhead is at."""
