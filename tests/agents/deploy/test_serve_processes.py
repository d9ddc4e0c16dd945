"""``dashcam serve`` as it runs: processes that answer, wait for nobody, and end when they are told to."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from agents.bundles.bundle import REFERENCE
from agents.cli import main
from agents.deploy.decode import max_body_bytes
from agents.deploy.serve import RAW
from agents.runtime import Runtime
from tests.support import ROOT
from tests.support.example_car import Car


class Service:
    """``dashcam serve`` in processes of its own."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "agents", "serve", "--port", "0", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # some runners of tests ignore it
        )
        assert self.process.stdout is not None
        self.greeting = self.process.stdout.readline()
        self.port = int(self.greeting.split(":")[2].split()[0])
        self.address = f"http://127.0.0.1:{self.port}"

    def wait_until_there(self) -> None:
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                assert self.process.poll() is None
                time.sleep(0.05)

    def interrupt(self) -> tuple[int, str, str]:
        """Ctrl-C as a terminal sends it: to all processes. Returns exit code, output and errors."""
        os.killpg(self.process.pid, signal.SIGINT)
        said, complained = self.process.communicate(timeout=60)
        return self.process.returncode, said, complained

    def end(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    shutil.copytree(REFERENCE, folder / "mine")
    service = Service(folder, "mine", "--workers", "2")
    try:
        service.wait_until_there()
        yield service
    finally:
        service.end()


def test_client_in_the_docs_drives(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    assert service.greeting == f"Serving mine at {service.address} with 2 processes; Ctrl-C ends it.\n"
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    page = (ROOT / "docs" / "deploy.md").read_text()
    [example] = [text for text in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL) if "urllib" in text]
    car = Car(steps=100)
    exec(example.replace("http://127.0.0.1:8000", service.address), {"car": car, "camera": car})  # noqa: S102
    assert car.world.telemetry.progress[0] > 50.0
    assert not car.world.done[0], "it is still on the road"
    assert abs(car.world.telemetry.lateral_offset[0]) < 1.0


def test_endless_bodies_are_refused_before_they_end(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        connection.sendall(
            f"POST /act HTTP/1.1\r\nHost: here\r\nContent-Type: {RAW}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        for _ in range(max_body_bytes(Runtime.load().interface) // 4096 + 2):
            connection.sendall(b"1000\r\n" + bytes(4096) + b"\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_bodies_that_do_not_come_are_not_waited_for(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        connection.sendall(
            f"POST /act HTTP/1.1\r\nHost: here\r\nContent-Type: {RAW}\r\nContent-Length: 9\r\n\r\nx".encode()
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 408 ")


def test_a_port_that_is_taken_gets_one_sentence(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["serve", "--port", str(service.port)])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith(f"dashcam: Nothing can listen at 127.0.0.1, port {service.port} (Address already in use); ")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_ends_it_without_a_traceback(workers: int, tmp_path: Path) -> None:
    service = Service(tmp_path, "--workers", str(workers))
    try:
        if workers == 1:
            service.wait_until_there()
        while workers > 1 and len(psutil.Process(service.process.pid).children()) < workers:
            time.sleep(0.01)  # until one of them is about to start, which would show a traceback
        code, said, complained = service.interrupt()
    finally:
        service.end()
    assert (code, complained) == (0, "")
    assert said.endswith("Stopped.\n")


# In a process where some packages cannot be imported: the service alone, or the command.
MISSING = """
import sys
from importlib.abc import MetaPathFinder

class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        there = ("perception", *(f"perception.{module}" for module in ("atomic", "manifest", "resize", "untrusted")))
        if name.split(".")[0] in {packages} and name not in there:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
"""
SERVICE = """
from fastapi.testclient import TestClient
from agents.deploy.serve import create_app
print(TestClient(create_app()).get("/policy").json()["policy"])
"""
COMMAND = """
from agents.cli import main
main(["serve"])
"""


def run_without(packages: tuple[str, ...], program: str, bundle: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MISSING.replace("{packages}", repr(packages)) + program],
        cwd=bundle.parent,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "DASHCAM_POLICY": str(bundle)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_service_needs_no_pytorch_and_no_simulator(bundle: Path) -> None:
    absent = ("torch", "stable_baselines3", "gymnasium", "numba", "sim", "perception", "tyro", "rich")
    done = run_without(absent, SERVICE, bundle)
    assert done.stdout == "bundle\n", done.stderr


def test_a_missing_extra_is_named(bundle: Path) -> None:
    done = run_without(("fastapi",), COMMAND, bundle)
    assert done.returncode == 2
    assert done.stderr == "dashcam: fastapi is not installed; pip install 'dashcam[serve]' adds what serve needs.\n"
