"""Encoders, preprocessing, and labelled data to train encoders on."""

from typing import Literal

EncoderName = Literal["nature", "pilotnet", "convnet", "fast"]
VALIDATION_FIRST_SEED = 1_500_000  # test roads from here on select the best policy of a run; the others are for scores
