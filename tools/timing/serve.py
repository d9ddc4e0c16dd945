"""How long ``dashcam serve`` lets a car wait, at 50 requests a second on loopback.

python -m tools.timing.serve
"""

import http.client
import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from PIL import Image

from agents.console import figures_table, plain_console
from agents.deploy.export import rendered_observations
from agents.deploy.serve import PNG, RAW
from agents.policy import load_policy
from sim.types import ByteArray, FloatArray

RATE = 50.0  # requests/s
WARM_UP_S = 1.0
START_TIMEOUT = 60.0  # s
CLIENTS = 16  # requests that can be under way at the same time


def main(bundle: Annotated[Path | None, tyro.conf.Positional] = None, seconds: float = 20.0) -> None:
    """Measures and prints.

    Args:
        bundle: A bundle that ``dashcam export`` made; the reference policy if none is named.
        seconds: How long to ask, for each kind of body [s].
    """
    policy = load_policy(bundle)
    frames, state = rendered_observations(policy.config, 100)
    stacks = _stacks(frames, policy.config.camera.channels)
    bodies = {PNG: [_png(stack) for stack in stacks], RAW: [stack.tobytes() for stack in stacks]}
    paths = [f"/act?speed_mps={speed:.3f}&steering_angle_rad={angle:.4f}" for speed, angle in state]
    title = f"{policy.name}: {RATE:.0f} requests/s for {seconds:.0f} s, a new connection each"
    table = figures_table("body", "bytes", "ms, median", "99th percentile", "greatest", title=title)
    with _server(bundle) as port:
        for kind, sent in bodies.items():
            requests = list(zip(paths, sent, strict=True))
            _ask(port, kind, requests, WARM_UP_S)
            times = 1e3 * _ask(port, kind, requests, seconds)
            figures = (np.median(times), np.percentile(times, 99), times.max())
            table.add_row(kind, f"{np.mean([len(body) for body in sent]):,.0f}", *(f"{ms:.1f}" for ms in figures))
    plain_console().print(table)


def _ask(port: int, kind: str, requests: list[tuple[str, bytes]], seconds: float) -> FloatArray:
    """Seconds from when each request was due until its answer was there: a late start counts too."""
    begin = time.perf_counter() + 0.1

    def ask(index: int) -> float:
        due = begin + index / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        path, body = requests[index % len(requests)]
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("POST", path, body, {"Content-Type": kind})
        response = connection.getresponse()
        answer = response.read()
        passed = time.perf_counter() - due
        connection.close()
        if response.status != http.HTTPStatus.OK:
            raise RuntimeError(f"The service answered {response.status}: {json.loads(answer)['detail']}")
        return passed

    with ThreadPoolExecutor(CLIENTS) as clients:
        return np.array(list(clients.map(ask, range(round(RATE * seconds)))))


@contextmanager
def _server(bundle: Path | None) -> Iterator[int]:
    """``dashcam serve`` in processes of its own, at the port that is given."""
    words = ["serve", *([str(bundle)] if bundle else []), "--port", "0"]
    process = subprocess.Popen([sys.executable, "-m", "agents", *words], stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
        if found is None:
            raise RuntimeError("The service did not start.")
        port = int(found[1])
        _wait_until_there(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_until_there(port: int) -> None:
    end = time.perf_counter() + START_TIMEOUT
    while True:
        try:
            http.client.HTTPConnection("127.0.0.1", port).request("GET", "/healthz")
            return
        except OSError:
            if time.perf_counter() > end:
                raise
            time.sleep(0.05)


def _stacks(frames: ByteArray, channels: int) -> ByteArray:
    """Frames of each observation one below the other: (N, H, W, C x stack) to (N, stack x H, W, C)."""
    count, height, width, depth = frames.shape
    split = frames.reshape(count, height, width, depth // channels, channels)
    return np.ascontiguousarray(split.transpose(0, 3, 1, 2, 4).reshape(count, -1, width, channels))


def _png(stack: ByteArray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(stack.squeeze()).save(file, "PNG")
    return file.getvalue()


if __name__ == "__main__":
    tyro.cli(main)
