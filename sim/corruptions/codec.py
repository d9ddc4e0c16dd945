"""Compression: what a camera sends over a thin line.

Pillow writes and reads JPEG; it is here already for pictures and films, and OpenCV would come for this alone.
"""

import io

import numpy as np
from PIL import Image

from sim.config import CameraConfig
from sim.corruptions.scene import Filter, Scene, at
from sim.types import ByteArray

QUALITIES = (65, 50, 30, 15, 7)  # of 100; the first is Tiny ImageNet-C's, the last ImageNet-C's


def make_jpeg(severity: int, camera: CameraConfig) -> Filter:
    """Compresses every frame as a JPEG of 4:2:0 chroma and reads it back."""
    quality = int(at(severity, QUALITIES))

    def compress(pictures: ByteArray, scene: Scene) -> None:
        for picture in pictures:
            picture[:] = _there_and_back(picture, quality)

    return compress


def _there_and_back(picture: ByteArray, quality: int) -> ByteArray:
    """A picture (H, W, 3 or 1) after JPEG."""
    file = io.BytesIO()
    Image.fromarray(picture.squeeze(2) if picture.shape[2] == 1 else picture).save(file, "JPEG", quality=quality)
    with Image.open(file) as image:
        return np.asarray(image).reshape(picture.shape)
