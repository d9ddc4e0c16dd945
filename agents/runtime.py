"""Drives from a policy bundle with onnxruntime and numpy alone: no PyTorch, no simulator, one thread.

    runtime = Runtime.load("runs/bundle-1")
    stack = runtime.frame_stack()
    [[steering_angle, target_speed]] = runtime.act(stack.push(frame), [[speed, present_steering_angle]])

Axes, signs and units are those of the simulator: angles in rad, positive to the left; speeds in m/s. What a bundle's
folder holds is data: no code from it runs.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agents.bundles.bundle import DESCRIPTION, MODEL, BundleError, bundle_folder, read_description, read_part
from agents.bundles.frames import FrameStack, fit_frame, require_frames
from agents.bundles.interface import Interface, parse_interface
from agents.bundles.session import open_model


class Runtime:
    """A policy, ready to drive."""

    def __init__(self, description: Mapping[str, Any], model: bytes, path: Path, threads: int = 1) -> None:
        """Takes what ``policy.json`` says and the contents of ``model.onnx``, whose ``path`` errors name.

        Raises:
            BundleError: either is not what it should be, or one does not fit the other.
        """
        self.interface = parse_interface(description, path.parent / DESCRIPTION)
        self._path = path
        self._session = open_model(model, path, threads)
        _require_signature(self._session, self.interface, path)

    @classmethod
    def load(cls, path: Path | str | None = None, threads: int = 1) -> "Runtime":
        """Loads a bundle; None is the reference policy.

        Raises:
            BundleError: not there, incomplete, changed, of another version, or not a policy.
        """
        folder = bundle_folder(path)
        description = read_description(folder)
        return cls(description, read_part(folder, MODEL, description), folder / MODEL, threads)

    def frame_stack(self) -> FrameStack:
        """An empty stack for one camera."""
        return FrameStack(self.interface)

    def fit(self, frame: NDArray[np.uint8], field_of_view_deg: float) -> NDArray[np.uint8]:
        """A frame (H, W, C) uint8 as the policy's camera would have seen it, from one (h, w, 3 or 1) of another camera.

        What that camera sees beyond the policy's is cut off; see ``agents.bundles.frames``.

        Args:
            frame: uint8, RGB or gray.
            field_of_view_deg: Horizontal field of view of the camera that saw it [deg].

        Raises:
            BundleError: no such frame, or it shows less, in fewer pixels or colours, than the policy needs.
        """
        return fit_frame(frame, field_of_view_deg, self.interface)

    def q_values(self, frames: NDArray[np.uint8], state: ArrayLike | None = None) -> NDArray[np.float32]:
        """Q-values (N, actions), float32.

        Args:
            frames: (N, H, W, C x stack) uint8, the newest frame in the last channels.
            state: (N, 2) numbers: speed [m/s] and steering angle [rad]; needed where the policy observes it.
                A policy of towns needs (N, 7): also the command as one-hot (follow, left, right, straight) and the way
                to the junction [m], at most 30.

        Raises:
            BundleError: a wrong shape or type, a state that is missing or not finite, or a model that is broken inside.
        """
        require_frames(frames, self.interface.observation_shape, batch="N")
        inputs: dict[str, Any] = {"frames": frames}
        if self.interface.state:
            inputs["state"] = _checked_state(state, len(frames), self.interface)
        try:
            values: NDArray[np.float32] = self._session.run(["q_values"], inputs)[0]
        except Exception as error:  # onnxruntime's exceptions share no other base
            raise BundleError(f"{self._path} cannot be run: it is damaged, or was made by something else.") from error
        return values

    def act(self, frames: NDArray[np.uint8], state: ArrayLike | None = None) -> NDArray[np.float64]:
        """Commands (N, 2), float64: steering angle [rad] and target speed [m/s].

        Takes what ``q_values`` takes; the state is also needed where the policy steers by changes of the angle.

        Raises:
            BundleError: as ``q_values``.
        """
        return self.commands(self.q_values(frames, state).argmax(axis=1), state)

    def commands(self, actions: ArrayLike, state: ArrayLike | None = None) -> NDArray[np.float64]:
        """Commands (N, 2), as of ``act``, for actions, (N,) rows of the table from 0 on, of cars in this state.

        Raises:
            BundleError: no such actions, or a state that is needed is missing, or not finite.
        """
        rows = _checked_actions(actions, len(self.interface.actions))
        commands: NDArray[np.float64] = self.interface.actions[rows]
        if self.interface.steers_by_change:
            interface, limit = self.interface, self.interface.steering_limit
            commands[:, 0] = np.clip(commands[:, 0] + _checked_state(state, len(rows), interface)[:, 1], -limit, limit)
        return commands


def _require_signature(session: Any, interface: Interface, path: Path) -> None:
    inputs = {"frames": ("tensor(uint8)", list(interface.observation_shape))}
    if interface.state:
        inputs["state"] = ("tensor(float)", [len(interface.state)])
    outputs = {"q_values": ("tensor(float)", [len(interface.actions)])}
    for needed, given in ((inputs, session.get_inputs()), (outputs, session.get_outputs())):
        if {item.name: (item.type, list(item.shape[1:])) for item in given} != needed:
            raise BundleError(f"{path} is not the model that {DESCRIPTION} describes; export the policy again.")


def _checked_actions(actions: ArrayLike, count: int) -> NDArray[np.int64]:
    try:
        array = np.asarray(actions)
    except ValueError as error:  # lists of several lengths
        raise BundleError(f"Actions are {actions!r:.80}, but must be whole numbers.") from error
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise BundleError(
            f"Actions have shape {array.shape} and type {array.dtype}, but must be whole numbers, one per car: (N,)."
        )
    wrong = array[(array < 0) | (array >= count)]
    if len(wrong) > 0:
        raise BundleError(f"Action {wrong[0]} is out of range; the policy's actions run from 0 to {count - 1}.")
    return array.astype(np.int64)


def _checked_state(state: ArrayLike | None, count: int, interface: Interface) -> NDArray[np.float32]:
    columns = interface.needed_state
    shape, names = (count, len(columns)), ", ".join(columns)
    if state is None:
        raise BundleError(f"The policy needs the car's state: an array {shape} of {names}.")
    try:
        array = np.asarray(state, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise BundleError(f"The car's state is {state!r:.80}, but must be numbers: {names}.") from error
    if array.shape != shape:
        raise BundleError(f"The car's state has shape {array.shape}, but {shape} is needed: one row per frame.")
    if not np.isfinite(array).all():
        raise BundleError(f"The car's state holds NaN or infinity; {names} must be known.")
    return array
