"""Frames from the body of a request: PNG or raw pixels, from whoever sends them.

A body holds the latest frames of one camera, one below the other, the newest last. Where it holds fewer than the
policy's stack, the first counts for those before it, as at the beginning of an episode. So a raw body is frames one
after the other, a PNG is the same pixels as one tall picture, and a server need not remember who sent what.
"""

import io
import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from agents.bundles.bundle import BundleError
from agents.bundles.frames import crop_for, fit_frame, stack_frames
from agents.bundles.interface import Interface
from perception.resize import Crop

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_HEADER = struct.Struct(">8s4x4sIIBB")  # signature, b"IHDR", width, height, bits per channel, colour type
PNG_CHANNELS = {(8, 0): 1, (8, 2): 3}  # of gray and RGB, by PNG's bits per channel and colour type
PNG_COLORS = {1: ("L", "gray"), 3: ("RGB", "RGB")}  # by channels: Pillow's mode, our name
PNG_OVERHEAD = 65_536  # bytes of headers, text and colour profiles that cameras and editors add
MAX_FITTED_PIXELS = 1920 * 1080  # of all frames that are fitted for one decision


class MalformedError(ValueError):
    """A body is not what its type says; the message is one sentence."""


def max_body_bytes(interface: Interface, fitted: bool = False) -> int:
    """The most that a body needs: all frames of a stack, uncompressed, and what goes with a PNG.

    Frames that are ``fitted`` come from another camera.
    """
    frames = 3 * MAX_FITTED_PIXELS if fitted else interface.stack * int(np.prod(interface.frame_shape))
    return frames + PNG_OVERHEAD


def from_png(body: bytes, interface: Interface) -> NDArray[np.uint8]:
    """The observation (1, H, W, C x stack) uint8 in a PNG of 8 bits per channel: RGB or gray, as the policy's camera.

    What the picture claims to be is checked before anything is decoded, so a small file cannot fill the memory.

    Raises:
        MalformedError: not a PNG, or a damaged one.
        BundleError: a picture of another size or type; or the policy's frames are neither RGB nor gray.
    """
    if interface.channels not in PNG_COLORS:
        raise BundleError(f"The policy's frames have {interface.channels} channels, which a PNG cannot hold; send raw.")
    height, width, channels = _read_shape(body)
    if channels != interface.channels:
        color = PNG_COLORS[interface.channels][1]
        raise BundleError(f"The PNG is not {color} with 8 bits per channel, as the policy's camera is; convert it.")
    count, rest = divmod(height, interface.height)
    if width != interface.width or rest or not 1 <= count <= interface.stack:
        more = _at_most(interface, "or up to {} such frames one below the other")
        raise BundleError(
            f"The PNG is {width} x {height} pixels, but must be {interface.width} x {interface.height}{more}: "
            "the policy's own camera; field_of_view_deg fits frames of another one."
        )
    return stack_frames(_decoded(body, (height, width, channels)).reshape(-1, *interface.frame_shape), interface.stack)


def from_foreign_png(body: bytes, interface: Interface, field_of_view_deg: float) -> tuple[NDArray[np.uint8], Crop]:
    """The observation (1, H, W, C x stack) uint8 that fits a PNG of another camera, and the part of a frame it shows.

    The PNG has 8 bits per channel, RGB or gray, and holds as many frames as the policy stacks, one below the other.

    Raises:
        MalformedError: not a PNG, or a damaged one.
        BundleError: too large, of another type, or it does not hold what the policy needs.
    """
    height, width, channels = _read_shape(body)
    if channels == 0:
        raise BundleError("The PNG is neither RGB nor gray with 8 bits per channel; convert it.")
    if height * width > MAX_FITTED_PIXELS:
        raise BundleError(
            f"The PNG is {width} x {height} pixels, but must not have more than {MAX_FITTED_PIXELS:,} pixels."
        )
    if height % interface.stack:
        raise BundleError(
            f"The PNG is {width} x {height} pixels, but must hold {interface.stack} frames one below the other."
        )
    crop = crop_for(height // interface.stack, width, field_of_view_deg, interface)
    pixels = _decoded(body, (height, width, channels))
    frames = [fit_frame(frame, field_of_view_deg, interface) for frame in np.split(pixels, interface.stack)]
    return stack_frames(frames, interface.stack), crop


def _decoded(body: bytes, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """The pixels (H, W, C) uint8 of a PNG whose header says that they have this shape."""
    height, width, channels = shape
    try:
        with Image.open(io.BytesIO(body), formats=["PNG"]) as picture:
            if (picture.size, picture.mode) != ((width, height), PNG_COLORS[channels][0]):  # a second header
                raise ValueError("contradictory headers")
            return np.asarray(picture).reshape(shape)
    except Exception as error:  # the exceptions that Pillow raises for broken files share no other base
        raise MalformedError("The PNG is damaged: it cannot be decoded.") from error


def from_raw(body: bytes, interface: Interface) -> NDArray[np.uint8]:
    """The observation (1, H, W, C x stack) uint8 in raw pixels: (1 to stack, H, W, C) uint8, in C order.

    Raises:
        BundleError: not the size of one or more frames.
    """
    frame_bytes = int(np.prod(interface.frame_shape))
    count, rest = divmod(len(body), frame_bytes)
    if rest or not 1 <= count <= interface.stack:
        more = _at_most(interface, "or up to {} such frames one after the other")
        raise BundleError(
            f"The body has {len(body)} bytes, but must be a frame {interface.frame_shape} of uint8, {frame_bytes} "
            f"bytes{more}: the policy's own camera."
        )
    return stack_frames(np.frombuffer(body, dtype=np.uint8).reshape(-1, *interface.frame_shape), interface.stack)


def _read_shape(body: bytes) -> tuple[int, int, int]:
    """Height, width and channels, as every PNG begins with them; 0 where it is neither RGB nor gray of 8 bits."""
    if len(body) < PNG_HEADER.size:
        raise MalformedError("The body is not a PNG: it is too short.")
    signature, chunk, width, height, bits, color_type = PNG_HEADER.unpack_from(body)
    if signature != PNG_SIGNATURE or chunk != b"IHDR":
        raise MalformedError("The body is not a PNG: it does not begin like one.")
    return height, width, PNG_CHANNELS.get((bits, color_type), 0)


def _at_most(interface: Interface, alternative: str) -> str:
    """The hint at more than one frame, where there can be more."""
    return f", {alternative.format(interface.stack)}" if interface.stack > 1 else ""
