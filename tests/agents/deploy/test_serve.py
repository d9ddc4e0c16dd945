"""The service decides as the runtime does, and refuses everything else in one sentence."""

import dataclasses
import io
import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from agents.bundles.bundle import REFERENCE, BundleError
from agents.bundles.frames import crop_for
from agents.deploy.decode import from_foreign_png, max_body_bytes
from agents.deploy.export import rendered_observations
from agents.deploy.serve import PNG, RAW, create_app
from agents.policy import load_policy
from agents.runtime import Runtime

RUNTIME = Runtime.load()
INTERFACE = RUNTIME.interface
LIMIT = max_body_bytes(INTERFACE)
STATE_WORDS = {"speed_mps": 7.0, "steering_angle_rad": 0.02}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(REFERENCE)) as client:
        yield client


def ask(client: TestClient, body: Any, kind: str = RAW, state: dict[str, Any] = STATE_WORDS) -> Any:
    return client.post("/act", params=state, content=body, headers={"Content-Type": kind})


def one_below_the_other(observation: np.ndarray) -> np.ndarray:
    """(H, W, C x stack) to (stack x H, W, C), the newest last."""
    return np.concatenate(np.split(observation, INTERFACE.stack, axis=2))


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels.squeeze()).save(file, "PNG")
    return file.getvalue()


HEIGHT, WIDTH, CHANNELS = INTERFACE.frame_shape
FRAME = np.random.default_rng(0).integers(0, 256, INTERFACE.frame_shape, dtype=np.uint8)
PNG_FRAME = png(FRAME)


def test_both_kinds_of_bodies_give_what_the_runtime_gives(client: TestClient) -> None:
    frames, states = rendered_observations(load_policy().config, 60)
    commands, values = RUNTIME.act(frames, states), RUNTIME.q_values(frames, states)
    assert len(np.unique(values.argmax(axis=1))) > 1, "the frames should not all look alike"
    for index in range(0, len(frames), 5):
        stack = one_below_the_other(frames[index])
        state = dict(zip(STATE_WORDS, states[index].tolist(), strict=True))
        for kind, body in ((RAW, stack.tobytes()), (PNG, png(stack))):
            answer = ask(client, body, kind, state)
            assert answer.status_code == 200, answer.text
            said = answer.json()
            assert said["action"] == values[index].argmax()
            assert np.allclose(said["q_values"], values[index], rtol=0.0, atol=1e-5)
            assert np.allclose([said["steering_angle_rad"], said["target_speed_mps"]], commands[index], atol=1e-6)
            assert said["action_steering_rad"] == INTERFACE.actions[said["action"], 0]


def test_a_single_frame_is_the_beginning_of_a_drive(client: TestClient) -> None:
    stack = RUNTIME.frame_stack().push(FRAME)
    wanted = RUNTIME.q_values(stack, [list(STATE_WORDS.values())])[0]
    for kind, body in ((RAW, FRAME.tobytes()), (PNG, PNG_FRAME)):
        assert np.allclose(ask(client, body, kind).json()["q_values"], wanted, rtol=0.0, atol=1e-5)


OTHER = np.random.default_rng(1).integers(0, 256, (5 * HEIGHT, 5 * WIDTH, 3), dtype=np.uint8)
OTHER_VIEW = {**STATE_WORDS, "field_of_view_deg": INTERFACE.field_of_view_deg + 10.0}


def test_frames_of_another_camera_are_fitted_if_its_view_is_given(client: TestClient) -> None:
    view = OTHER_VIEW["field_of_view_deg"]
    said = ask(client, png(OTHER), PNG, OTHER_VIEW).json()
    stack = RUNTIME.frame_stack().push(RUNTIME.fit(OTHER, view))
    wanted = RUNTIME.q_values(stack, [list(STATE_WORDS.values())])[0]
    assert np.allclose(said["q_values"], wanted, rtol=0.0, atol=1e-5)
    assert said["fitted"] == crop_for(*OTHER.shape[:2], view, INTERFACE)._asdict()
    assert "fitted" not in ask(client, PNG_FRAME, PNG).json()


def test_a_stack_of_another_camera_is_fitted_frame_by_frame() -> None:
    interface, view = dataclasses.replace(INTERFACE, stack=2), OTHER_VIEW["field_of_view_deg"]
    observation, crop = from_foreign_png(png(np.concatenate([OTHER, 255 - OTHER])), interface, view)
    assert np.array_equal(observation[0, :, :, :3], RUNTIME.fit(OTHER, view))
    assert np.array_equal(observation[0, :, :, 3:], RUNTIME.fit(255 - OTHER, view))
    assert crop == crop_for(*OTHER.shape[:2], view, INTERFACE)
    with pytest.raises(BundleError, match="must hold 2 frames one below the other"):
        from_foreign_png(png(OTHER[:-1]), interface, view)


def test_policy_says_all_that_a_client_must_know(client: TestClient) -> None:
    said, described = client.get("/policy").json(), json.loads((REFERENCE / "policy.json").read_text())
    for key in ("frames", "actions", "control_period_s"):
        assert said[key] == described[key]
    assert said["state"] == list(STATE_WORDS)


def test_health_and_page_are_there(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert "swagger" in client.get("/docs").text
    act = client.get("/openapi.json").json()["paths"]["/act"]["post"]
    assert set(act["requestBody"]["content"]) == {PNG, RAW}
    assert {parameter["name"] for parameter in act["parameters"]} == {*OTHER_VIEW, "command", "junction_distance_m"}


COLOR_TYPE = {1: 0, 3: 2}[CHANNELS]  # as PNG numbers gray and RGB


def with_header(width: int, height: int, bits: int = 8, again: bool = False) -> bytes:
    """The frame's PNG, which claims to be another one; ``again``: in a second header after the true one."""
    content = b"IHDR" + struct.pack(">IIBBBBB", width, height, bits, COLOR_TYPE, 0, 0, 0)
    header = struct.pack(">I", 13) + content + struct.pack(">I", zlib.crc32(content))
    return PNG_FRAME[: 33 if again else 8] + header + PNG_FRAME[33:]


def with_bomb_of_text() -> bytes:
    """A text chunk of some 20 kB, which would become 20 MB."""
    content = b"zTXtComment\0\0" + zlib.compress(b"a" * 20_000_000, 9)
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    return PNG_FRAME[:33] + chunk + PNG_FRAME[33:]


REFUSED: dict[str, tuple[bytes, str, dict[str, Any], int, str]] = {
    "no body": (b"", RAW, STATE_WORDS, 422, "has 0 bytes"),
    "half a frame": (FRAME.tobytes()[:-1], RAW, STATE_WORDS, 422, f"must be a frame ({HEIGHT}, {WIDTH}, {CHANNELS})"),
    "too many frames": (FRAME.tobytes() * (INTERFACE.stack + 1), RAW, STATE_WORDS, 422, "the policy's own camera"),
    "floats": (FRAME.astype(np.float32).tobytes(), RAW, STATE_WORDS, 422, "of uint8"),
    "no PNG": (FRAME.tobytes(), PNG, STATE_WORDS, 400, "does not begin like one"),
    "nothing for a PNG": (b"", PNG, STATE_WORDS, 400, "it is too short"),
    "truncated PNG": (PNG_FRAME[: len(PNG_FRAME) // 2], PNG, STATE_WORDS, 400, "damaged"),
    "PNG without pixels": (PNG_FRAME[:33], PNG, STATE_WORDS, 400, "damaged"),
    "scrambled PNG": (PNG_FRAME[:60] + bytes(300) + PNG_FRAME[360:], PNG, STATE_WORDS, 400, "damaged"),
    "another camera": (
        png(np.zeros((97, 96, CHANNELS), np.uint8)),
        PNG,
        STATE_WORDS,
        422,
        "The PNG is 96 x 97 pixels, but",
    ),
    "PNG of too many frames": (
        png(np.tile(FRAME, (INTERFACE.stack + 1, 1, 1))),
        PNG,
        STATE_WORDS,
        422,
        "the policy's own camera",
    ),
    "another colour": (png(np.zeros((HEIGHT, WIDTH, 4), np.uint8)), PNG, STATE_WORDS, 422, "8 bits per channel"),
    "16 bits": (with_header(WIDTH, HEIGHT, bits=16), PNG, STATE_WORDS, 422, "8 bits per channel"),
    "bomb": (with_header(60_000, 60_000), PNG, STATE_WORDS, 422, "The PNG is 60000 x 60000 pixels"),
    "bomb behind a good header": (with_header(9_000, 9_000, again=True), PNG, STATE_WORDS, 400, "damaged"),
    "JPEG": (b"\xff\xd8\xff", "image/jpeg", STATE_WORDS, 415, "'image/jpeg', but must be image/png"),
    "no type": (FRAME.tobytes(), "", STATE_WORDS, 415, "must be image/png"),
    "no state": (PNG_FRAME, PNG, {}, 422, "The parameter speed_mps is missing"),
    "no angle": (PNG_FRAME, PNG, {"speed_mps": 7}, 422, "The parameter steering_angle_rad is missing"),
    "words": (PNG_FRAME, PNG, {**STATE_WORDS, "speed_mps": "fast" * 99}, 422, "must be a number from -150.0 to 150.0"),
    "not a number": (PNG_FRAME, PNG, {**STATE_WORDS, "speed_mps": "nan"}, 422, "speed_mps is 'nan', but"),
    "infinity": (PNG_FRAME, PNG, {**STATE_WORDS, "steering_angle_rad": "-inf"}, 422, "steering_angle_rad is '-inf'"),
    "degrees": (PNG_FRAME, PNG, {**STATE_WORDS, "steering_angle_rad": 12}, 422, "from -1.571 to 1.571"),
    "another camera, its view unknown": (png(0 * OTHER), PNG, STATE_WORDS, 422, "field_of_view_deg fits frames of"),
    "large, its view unknown": (png(OTHER), PNG, STATE_WORDS, 413, "field_of_view_deg fits frames of"),
    "too narrow a view": (png(OTHER), PNG, {**OTHER_VIEW, "field_of_view_deg": 60}, 422, "show less than is needed"),
    "no such view": (png(OTHER), PNG, {**OTHER_VIEW, "field_of_view_deg": 0}, 422, "must be a number from 10.0 to 170"),
    "raw pixels of unknown size": (OTHER.tobytes(), RAW, OTHER_VIEW, 415, "must be image/png: raw pixels do not say"),
    "bomb to fit": (with_header(60_000, 60_000), PNG, OTHER_VIEW, 422, "must not have more than 2,073,600 pixels"),
    "16 bits to fit": (with_header(WIDTH, HEIGHT, bits=16), PNG, OTHER_VIEW, 422, "neither RGB nor gray with 8 bits"),
    "truncated PNG to fit": (png(OTHER)[:999], PNG, OTHER_VIEW, 400, "damaged"),
    "too large to fit": (bytes(6_300_000), PNG, OTHER_VIEW, 413, "larger than 6286336 bytes"),
    "too large": (bytes(LIMIT + 1), RAW, STATE_WORDS, 413, f"larger than {LIMIT} bytes"),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_does_not_fit_gets_one_sentence(client: TestClient, name: str) -> None:
    body, kind, state, status, sentence = REFUSED[name]
    answer = ask(client, body, kind, state)
    assert answer.status_code == status, answer.text
    said = answer.json()
    assert list(said) == ["detail"]
    assert sentence in said["detail"]
    assert len(said["detail"]) < 200
    assert said["detail"].endswith(".")
    assert ask(client, PNG_FRAME, PNG).status_code == 200, "it goes on serving"


def test_bombs_in_a_text_chunk_are_not_blown_up(client: TestClient) -> None:
    body = with_bomb_of_text()
    assert len(body) < LIMIT
    assert ask(client, body, PNG).status_code == 400


def test_bodies_of_no_announced_length_are_limited_too(client: TestClient) -> None:
    assert ask(client, iter([bytes(LIMIT), b"1"])).status_code == 413
    assert ask(client, iter([FRAME.tobytes()[:100], FRAME.tobytes()[100:]])).status_code == 200


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/act", 405), ("GET", "/../policy.json", 404)])
def test_what_is_not_there_is_named(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert "is nothing that this service does" in answer.json()["detail"]
