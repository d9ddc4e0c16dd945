"""What the agent makes of frames: encoders, and how frames become numbers."""

from typing import Literal

EncoderName = Literal["nature", "pilotnet", "convnet", "fast"]
