"""``dashcam serve``."""

import os
import signal
import socket
import threading
from dataclasses import dataclass
from multiprocessing import resource_tracker
from pathlib import Path

import tyro

from agents.commands.common import CONSOLE, say
from sim.errors import UserError
from sim.machine import usable_cores

MOST_WORKERS = 64


@dataclass
class Serve:
    """Serve a policy over HTTP: camera frames in, heading and speed out. Needs no PyTorch."""

    policy: tyro.conf.Positional[Path | None] = None
    """Bundle written by "dashcam export"; the reference policy by default."""
    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 opens the service to the network."""
    port: int = 8000
    """Port to listen on; 0 chooses a free one."""
    workers: int | None = None
    """Number of worker processes; one per core by default."""

    def run(self) -> None:
        try:
            import uvicorn

            from agents.deploy.serve import POLICY_VARIABLE, create_app
        except ModuleNotFoundError as error:
            raise UserError(
                f"{error.name} is not installed; pip install 'dashcam[serve]' adds what serve needs."
            ) from error
        from agents.bundles.bundle import REFERENCE

        workers = self.workers if self.workers is not None else min(usable_cores(), MOST_WORKERS)
        if not 1 <= workers <= MOST_WORKERS:
            raise UserError(f"--workers is {workers}, but must be from 1 to {MOST_WORKERS}.")
        policy = self.policy or REFERENCE
        create_app(policy)  # what is wrong with it is said here and once, not by every worker
        port = _free_port(self.host, self.port)
        os.environ[POLICY_VARIABLE] = str(policy)
        address = f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{port}"
        processes = "1 process" if workers == 1 else f"{workers} processes"
        for line in (
            f"Serving {policy.resolve().name} at {address} with {processes}; Ctrl-C ends it.",
            f"Next: curl {address}/policy   or, in a browser: {address}/docs",
        ):
            say(line)
        if workers > 1:
            _keep_interrupts_from_workers()
        uvicorn.run(
            "agents.deploy.serve:create_app",
            factory=True,
            host=self.host,
            port=port,
            workers=workers,
            log_level="warning",
            access_log=False,
        )
        CONSOLE.print("Stopped.")


def _keep_interrupts_from_workers() -> None:
    """Makes Ctrl-C a request to end for this process alone, which then ends its workers.

    A terminal interrupts all of them, and a worker that is about to start would answer with a traceback. They inherit
    that interrupts are blocked; the tracker, which starts with the first of them and unblocks them, must be there.
    """
    if not hasattr(signal, "pthread_sigmask"):
        return
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

    def wait() -> None:
        signal.sigwait({signal.SIGINT})
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def _free_port(host: str, port: int) -> int:
    """The port, or a free one for 0, after a look at whether one can listen there.

    Raises:
        UserError: one cannot.
    """
    if not 0 <= port <= 65_535:
        raise UserError(f"The port is {port}, but must be from 0 to 65535.")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.create_server((host, port), family=family) as probe:
            return int(probe.getsockname()[1])
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]
        raise UserError(
            f"Nothing can listen at {host}, port {port} ({reason}); choose others with --host and --port."
        ) from error
