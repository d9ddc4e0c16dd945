"""From the car's pose to a frame."""
