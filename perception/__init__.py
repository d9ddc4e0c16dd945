"""What the agent makes of frames: encoders, and how frames become numbers."""

from typing import Literal

EncoderName = Literal["nature", "pilotnet", "convnet", "fast"]
VALIDATION_FIRST_SEED = 1_500_000  # test roads from here on choose the best of a run; scores are reported of others
