"""A policy as an HTTP service: frames in, heading and speed out. ``dashcam serve`` runs it; docs/deploy.md shows it.

A request holds all that a decision needs, so the service remembers nothing: any number of cars, processes and restarts
may lie between two frames. It imports neither PyTorch nor the simulator; where ``dashcam`` is not complete,
``uvicorn --factory agents.deploy.serve:create_app`` serves the policy that the variable ``DASHCAM_POLICY`` names.
"""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from agents.bundles.bundle import REFERENCE, STATE, TOLD, BundleError
from agents.bundles.frames import FIELDS_OF_VIEW
from agents.bundles.interface import Interface
from agents.deploy.decode import MalformedError, from_foreign_png, from_png, from_raw, max_body_bytes
from agents.runtime import Runtime
from perception.resize import Crop

POLICY_VARIABLE = "DASHCAM_POLICY"
PNG, RAW = "image/png", "application/octet-stream"
DECODERS = {PNG: from_png, RAW: from_raw}
BODY_TIMEOUT = 2.0  # s until a body must be there: a car that waited so long for an answer is elsewhere by now
MAX_SPEED = 150.0  # m/s; beyond this and the next, numbers are mistakes: other units, or no measurement
MAX_ANGLE = 1.571  # rad, a quarter turn; whoever sends degrees should hear of it
DECIMALS = 6  # of angles and Q-values in an answer: what a float32 resolves

BODY = {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in DECODERS}, "required": True}
RANGES = {
    "speed_mps": (-MAX_SPEED, MAX_SPEED),
    "steering_angle_rad": (-MAX_ANGLE, MAX_ANGLE),
    "junction_distance_m": (0.0, 30.0),
    "field_of_view_deg": FIELDS_OF_VIEW,
}
COMMAND, COMMANDS = "command", TOLD[:-1]


def _parameter(name: str, description: str) -> Any:
    least, most = RANGES[name]
    return Query(ge=least, le=most, description=description)


Speed = Annotated[float | None, _parameter("speed_mps", "The car's speed [m/s].")]
Angle = Annotated[float | None, _parameter("steering_angle_rad", "Its present steering angle [rad], left is positive.")]
Command = Annotated[str | None, Query(description=f"What the navigator of a town tells: {', '.join(COMMANDS)}.")]
_JUNCTION = "Way to the junction that the command is for [m]; 30 where it is farther."
JunctionDistance = Annotated[float | None, _parameter("junction_distance_m", _JUNCTION)]
FIELD_OF_VIEW = "Horizontal field of view [deg] of another camera than the policy's: its PNG is fitted."
FieldOfView = Annotated[float | None, _parameter("field_of_view_deg", FIELD_OF_VIEW)]


class Decision(BaseModel):
    """What to do now."""

    steering_angle_rad: float = Field(description="Where to turn the wheels [rad], left is positive.")
    target_speed_mps: float = Field(description="How fast to drive [m/s].")
    action_steering_rad: float = Field(
        description="The action's own steering [rad]: an angle, or a change of the present one, as /policy says."
    )
    action: int = Field(description="The chosen row of the table of actions: that of the greatest Q-value.")
    q_values: list[float] = Field(description="Q-value of each action.")
    fitted: dict[str, int] | None = Field(
        None, description="Where the picture was fitted: the rectangle of each frame that the policy saw [px]."
    )


class Problem(BaseModel):
    """Why a request was refused."""

    detail: str = Field(description="One sentence: what is wrong and what is needed.")


class Description(BaseModel):
    """What the policy needs and what it chooses from."""

    policy: str = Field(description="Its name.")
    frames: dict[str, int | str] = Field(description="Size of one frame [px], its channels, and how many make a stack.")
    state: list[str] = Field(description="Parameters that a request must have.")
    actions: dict[str, Any] = Field(
        description="A row of steering [rad] and target speed [m/s] per action; whether that steering is an angle or "
        "a change of the present one; where the sum is clipped [rad]."
    )
    control_period_s: float = Field(description="Time between two decisions [s].")


def create_app(policy: Path | str | None = None) -> FastAPI:
    """The service.

    Args:
        policy: Run folder or bundle; None for the one that ``DASHCAM_POLICY`` names, or else the reference policy.

    Raises:
        BundleError: there is no such policy, or it is none that can drive.
    """
    named = os.environ.get(POLICY_VARIABLE)
    path = Path(policy or named or REFERENCE)
    runtime = Runtime.load(path)
    app = FastAPI(title="Dashcam", description=f"Drives with the policy {path.resolve().name}.")
    _add_refusals(app)
    _add_routes(app, runtime, _describe(path, runtime.interface))
    return app


def _add_refusals(app: FastAPI) -> None:
    """Whatever is wrong with a request gets one sentence."""

    @app.exception_handler(BundleError)
    async def does_not_fit(_: Request, error: BundleError) -> JSONResponse:
        return _refusal(422, str(error))

    @app.exception_handler(MalformedError)
    async def malformed(_: Request, error: MalformedError) -> JSONResponse:
        return _refusal(400, str(error))

    @app.exception_handler(RequestValidationError)
    async def bad_parameter(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        name, (least, most) = first["loc"][-1], RANGES[first["loc"][-1]]
        sentence = f"{name} is {str(first['input'])[:40]!r}, but must be a number from {least} to {most}."
        return _refusal(422, sentence)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        nothing_there = f"{request.method} {request.url.path[:80]} is nothing that this service does; see /docs."
        sentence = nothing_there if error.status_code in (404, 405) else error.detail
        return _refusal(error.status_code, sentence, error.headers)

    @app.exception_handler(ClientDisconnect)
    async def gone(_: Request, error: ClientDisconnect) -> JSONResponse:
        return _refusal(400, "The body ended too early.")


def _add_routes(app: FastAPI, runtime: Runtime, description: Description) -> None:
    refusals: dict[int | str, dict[str, Any]] = {code: {"model": Problem} for code in (400, 408, 413, 415, 422)}

    @app.post("/act", responses=refusals, openapi_extra={"requestBody": BODY}, response_model_exclude_none=True)
    async def act(
        request: Request,
        speed_mps: Speed = None,
        steering_angle_rad: Angle = None,
        command: Command = None,
        junction_distance_m: JunctionDistance = None,
        field_of_view_deg: FieldOfView = None,
    ) -> Decision:
        """Decides on the latest frames of one camera, one below the other and the newest last.

        As a PNG (8 bits, RGB or gray as the policy's camera) or as raw uint8 (H, W, C). Send as many frames as the
        policy stacks; where there are fewer, the first counts for those before it, as at the beginning of a drive.

        With field_of_view_deg, a PNG of any other size is cropped to what the policy's camera sees, resized and, where
        the policy is, turned to gray; then it must hold as many frames as the policy stacks.
        """
        fitted = field_of_view_deg is not None
        kind = _kind(request, fitted)
        body = await _body(request, runtime.interface, fitted)
        frames, crop = _observed(kind, body, runtime.interface, field_of_view_deg)
        state = _state(runtime.interface, (speed_mps, steering_angle_rad), command, junction_distance_m)
        return _decide(runtime, frames, state, crop)

    @app.get("/policy")
    async def policy() -> Description:
        """What the policy needs and what it chooses from."""
        return description

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """Whether the service is there."""
        return {"status": "ok"}

    @app.get("/", include_in_schema=False)
    async def root() -> RedirectResponse:
        return RedirectResponse("/docs")


async def _body(request: Request, interface: Interface, fitted: bool) -> bytes:
    """The body, read no further than what can be needed, whatever length was announced."""
    limit = max_body_bytes(interface, fitted)
    needed = "no picture that can be fitted is" if fitted else "no stack of this policy's frames is"
    hint = "" if fitted else "; field_of_view_deg fits frames of another camera"
    body = bytearray()
    too_large = HTTPException(413, f"The body is larger than {limit} bytes, which {needed}{hint}.")
    if _announced(request) > limit:
        raise too_large
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            async for chunk in request.stream():
                if len(body) + len(chunk) > limit:
                    raise too_large
                body += chunk
    except TimeoutError as error:
        sentence = f"The body was not there after {BODY_TIMEOUT:.0f} s."
        raise HTTPException(408, sentence, {"Connection": "close"}) from error
    return bytes(body)


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    return int(length) if length.isdecimal() else 0


def _kind(request: Request, fitted: bool) -> str:
    """The body's type, without its parameters."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in DECODERS:
        raise HTTPException(
            415, f"The body's Content-Type is {kind[:80]!r}, but must be {PNG}, or {RAW} for raw uint8 pixels."
        )
    if fitted and kind == RAW:
        raise HTTPException(415, f"With field_of_view_deg, the body must be {PNG}: raw pixels do not say their size.")
    return kind


def _observed(
    kind: str, body: bytes, interface: Interface, field_of_view_deg: float | None
) -> tuple[NDArray[np.uint8], Crop | None]:
    """The observation in a body, and what was cropped for it."""
    if field_of_view_deg is None:
        return DECODERS[kind](body, interface), None
    return from_foreign_png(body, interface, field_of_view_deg)


def _state(
    interface: Interface, own: tuple[float | None, float | None], command: str | None, distance: float | None
) -> list[list[float]] | None:
    """The car's state as the runtime wants it: one row, or None where nothing depends on it."""
    needed = _parameters(interface)
    given = dict(zip((*STATE, COMMAND, TOLD[-1]), (*own, command, distance), strict=True))
    for name in needed:
        if given[name] is None:
            raise BundleError(f"The parameter {name} is missing: the policy needs {' and '.join(needed)}.")
    if COMMAND in needed and command not in COMMANDS:
        raise BundleError(f"command is {command!r:.40}, but must be one of {', '.join(COMMANDS)}.")
    told = [float(command == name) for name in COMMANDS]
    row = [given[name] for name in needed if name != COMMAND]
    return [[*row[:2], *told, *row[2:]] if COMMAND in needed else row] if needed else None  # type: ignore[list-item]


def _parameters(interface: Interface) -> list[str]:
    """Parameters that a request must have: columns of the state, but one command in place of the one-hot."""
    needed = interface.needed_state
    return [*STATE, COMMAND, TOLD[-1]] if len(needed) > len(STATE) else list(needed)


def _refusal(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"detail": sentence}, status, headers)


def _describe(path: Path, interface: Interface) -> Description:
    return Description(
        policy=path.resolve().name,
        frames={
            "height": interface.height,
            "width": interface.width,
            "channels": interface.channels,
            "stack": interface.stack,
            "dtype": "uint8",
        },
        state=_parameters(interface),
        actions={
            "steering": "change" if interface.steers_by_change else "angle",
            "steering_limit_rad": interface.steering_limit,
            "table": interface.actions.tolist(),
        },
        control_period_s=interface.control_period,
    )


def _decide(
    runtime: Runtime, frames: NDArray[np.uint8], state: list[list[float]] | None, crop: Crop | None
) -> Decision:
    [values] = q_values = runtime.q_values(frames, state)
    actions = q_values.argmax(axis=1)
    [[steering_angle, target_speed]] = runtime.commands(actions, state)
    return Decision(
        steering_angle_rad=round(float(steering_angle), DECIMALS),
        target_speed_mps=target_speed,
        action_steering_rad=runtime.interface.actions[actions[0], 0],
        action=int(actions[0]),
        q_values=[round(float(value), DECIMALS) for value in values],
        fitted=None if crop is None else crop._asdict(),
    )
