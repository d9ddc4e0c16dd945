"""A gamepad that only SDL knows of: it is plugged in, moved and pulled out like a real one."""

import ctypes

import pygame

_GAMECONTROLLER, _AXES, _BUTTONS, _HATS = 1, 6, 10, 0
_SDL = ctypes.CDLL(pygame.base.__file__)  # the very library that pygame calls
_SDL.SDL_JoystickFromInstanceID.restype = ctypes.c_void_p
_SDL.SDL_JoystickSetVirtualAxis.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_int16)


class VirtualGamepad:
    """Plugged in from the beginning; events reach pygame's queue, as those of real ones do."""

    def __init__(self) -> None:
        """Plugs it in."""
        self._device = _SDL.SDL_JoystickAttachVirtual(_GAMECONTROLLER, _AXES, _BUTTONS, _HATS)
        assert self._device >= 0, "SDL has no virtual gamepads"
        self._number = _SDL.SDL_JoystickGetDeviceInstanceID(self._device)

    def push(self, axis: int, share: float) -> None:
        """Moves a stick, -1 to 1; somebody must have opened the gamepad."""
        gamepad = _SDL.SDL_JoystickFromInstanceID(self._number)
        assert gamepad, "nobody opened the gamepad"
        _SDL.SDL_JoystickSetVirtualAxis(gamepad, axis, round(32_767 * share))

    def pull_out(self) -> None:
        """It is gone."""
        for device in range(_SDL.SDL_NumJoysticks()):
            if _SDL.SDL_JoystickGetDeviceInstanceID(device) == self._number:
                _SDL.SDL_JoystickDetachVirtual(device)
