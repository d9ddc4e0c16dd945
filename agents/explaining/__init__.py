"""What a network makes of a frame, as figures and as pictures."""
