"""Processes in which readers may crash, hang or fill the memory: each reads one input after another, with limits."""

import contextlib
import json
import os
import resource
import shutil
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

import numba
import torch

from agents.bundles.bundle import BundleError
from sim.errors import UserError
from tools.fuzz.reader import Files, write_files

TAKEN, REFUSED, FAILED, UNMADE = "taken", "refused", "failed", "no input"
MOST_SECONDS = 5.0  # of processor time for one input
MOST_WAIT = 300  # s by the clock, for what sleeps instead of working
MOST_BYTES = 2_000_000_000  # of address space beyond what reading the valid input takes
MOST_CHARACTERS = 600  # of a sentence
MOST_INPUTS = 1_000  # of one process
NEVER = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "socket.connect", "pickle.find_class")

Make = Callable[[int], Files]


class Child:
    """A process that reads inputs by their numbers; when one ends it, the next one gets a new process."""

    def __init__(
        self, read: Callable[[Path], None], valid: Files, make: Make, folder: Path, most_bytes: int = MOST_BYTES
    ) -> None:
        """Will ``read`` what ``make`` gives for a number, in ``folder``; ``valid`` comes first."""
        self._read_input, self._valid, self._make, self._folder = read, valid, make, folder
        self._most_bytes = most_bytes
        self._process: int | None = None
        self._read = 0

    def judge(self, number: int) -> tuple[str, str]:
        """What became of an input: TAKEN, REFUSED or what went wrong; and what was said."""
        if self._process is None:
            self._begin()
        self._requests.write(f"{number}\n")
        self._requests.flush()
        answer = self._answers.readline()
        if not answer:
            return self._gone()
        self._read += 1
        kind, said = json.loads(answer)
        if self._read >= MOST_INPUTS or kind == UNMADE:
            self.end()
        return kind, said

    def end(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._requests.close()
            self._gone()

    def _begin(self) -> None:
        (requests, self_requests), (self_answers, answers) = os.pipe(), os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(self_requests)
            os.close(self_answers)
            self._serve(requests, answers)
        os.close(requests)
        os.close(answers)
        self._requests = os.fdopen(self_requests, "w")
        self._answers = os.fdopen(self_answers, "r")
        self._read = 0

    def _serve(self, requests: int, answers: int) -> NoReturn:
        """The child: reads the inputs whose numbers are asked for, and answers what became of them."""
        folder = self._folder / "input"
        try:
            _silence()
            numba.set_num_threads(1)
            torch.set_num_threads(1)
            _write(folder, self._valid)
            self._read_input(folder)  # loads what is compiled
            ran = _watch()
            _limit(self._most_bytes)
            with os.fdopen(requests, "r") as asked, os.fdopen(answers, "w", closefd=False) as told:
                while line := asked.readline():
                    _write(folder, self._make(int(line)))
                    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
                    signal.alarm(MOST_WAIT)
                    kind, said = _judged(self._read_input, folder)
                    signal.setitimer(signal.ITIMER_PROF, 0.0)
                    told.write(json.dumps(("ran code", f"{ran}") if ran else (kind, said)) + "\n")
                    told.flush()
                    ran.clear()
        except BaseException:
            os.write(answers, (json.dumps((UNMADE, traceback.format_exc())) + "\n").encode())
        finally:
            os._exit(0)

    def _gone(self) -> tuple[str, str]:
        assert self._process is not None
        _, status = os.waitpid(self._process, 0)
        self._process = None
        with contextlib.suppress(OSError):
            self._requests.close()
        self._answers.close()
        if not os.WIFSIGNALED(status):
            return f"exit {os.WEXITSTATUS(status)}", ""
        number = os.WTERMSIG(status)
        return "hang" if number in (signal.SIGPROF, signal.SIGALRM) else f"crash by {signal.Signals(number).name}", ""


def in_child(work: Callable[[], object]) -> None:
    """Does something in a process of its own, whose threads and memory go with it."""
    process = os.fork()
    if process == 0:
        try:
            numba.set_num_threads(1)
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitpid(process, 0)[1] != 0:
        sys.exit("No valid input could be made.")


def _judged(read: Callable[[Path], None], folder: Path) -> tuple[str, str]:
    try:
        read(folder)
    except (UserError, BundleError) as error:
        said = str(error)
        good = len(said) <= MOST_CHARACTERS and said.endswith(".") and said.isprintable()
        return (REFUSED, said) if good else (FAILED, f"refused, but not in a clear sentence: {said[:2_000]!r}")
    except BaseException:
        return FAILED, traceback.format_exc(limit=-6)[-4_000:]
    return TAKEN, ""


def _silence() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _limit(most_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    room = mapped + most_bytes
    resource.setrlimit(resource.RLIMIT_AS, (room, room))


def _watch() -> list[str]:
    """Notes what no reader should do; Numba's own cache, in the user's folder, is the one thing that is unpickled."""
    noted: list[str] = []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in NEVER and not _numba_loads():
            noted.append(f"{event} {arguments}"[:200])

    sys.addaudithook(hook)
    return noted


def _numba_loads() -> bool:
    frame = sys._getframe(2)
    while frame is not None:
        if "/numba/" in frame.f_code.co_filename:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _write(folder: Path, files: Files) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    write_files(files, folder)


def judge_all(child: Child, make: Make, numbers: Iterable[int], out: Path, outcomes: Counter[str]) -> None:
    """Judges the inputs of all numbers and counts the ``outcomes``; keeps and names the inputs that fail."""
    for number in numbers:
        kind, said = child.judge(number)
        outcomes[kind] += 1
        if kind not in (TAKEN, REFUSED):
            write_files(make(number), out / str(number))
            print(f"{out / str(number)}: {kind}: {said}", flush=True)
    child.end()


def failures(outcomes: Counter[str]) -> int:
    """How many inputs were neither taken nor refused."""
    return outcomes.total() - outcomes[TAKEN] - outcomes[REFUSED]
