"""What the agent makes of frames: encoders, and how frames become numbers."""
