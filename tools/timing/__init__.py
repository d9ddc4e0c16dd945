"""Time and memory of what ``dashcam benchmark`` does not measure."""
