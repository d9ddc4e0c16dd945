"""The command line: ``dashcam COMMAND``. What is heavy is imported by the command that needs it."""

import contextlib
import errno
import importlib.metadata
import io
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import tyro

from agents.bundles.bundle import BundleError
from agents.commands.benchmark import BENCHMARKS, Benchmark
from agents.commands.collect import Collect
from agents.commands.common import CONSOLE, one_of
from agents.commands.compile import Compile
from agents.commands.demo import Demo
from agents.commands.doctor import Doctor
from agents.commands.evaluate import Evaluate
from agents.commands.explain import Explain
from agents.commands.export import Export
from agents.commands.export_minari import ExportMinari
from agents.commands.film import Film
from agents.commands.play import Play
from agents.commands.plot import Plot
from agents.commands.pretrain import Pretrain, pretrain_defaults
from agents.commands.resuming import with_resume_spelled_out
from agents.commands.roads import Roads
from agents.commands.serve import Serve
from agents.commands.train import Train, train_defaults
from agents.console import plain_console
from agents.streams import drop_output, usable_streams
from agents.training.stopping import EXIT_RESUMABLE, TerminatedError, stop_request
from sim.errors import UserError

COMMANDS: dict[str, Any] = {
    "demo": Demo,
    "train": Train,
    "evaluate": Evaluate,
    "play": Play,
    "film": Film,
    "plot": Plot,
    "explain": Explain,
    "export": Export,
    "collect": Collect,
    "pretrain": Pretrain,
    "serve": Serve,
    "export-minari": ExportMinari,
    "roads": Roads,
    "benchmark": Benchmark,
    "compile": Compile,
    "doctor": Doctor,
}
DEFAULTS = {"train": train_defaults, "pretrain": pretrain_defaults}  # by the words of the command line
DISK_REFUSES = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
EXIT_USER_ERROR = 2
EXIT_INTERRUPTED = 130
EXIT_NO_READER = 141  # as of a program that SIGPIPE ends


@contextlib.contextmanager
def _heard() -> Iterator[None]:
    """Lets a command say what it has to say, and exits as a program should if that went wrong in the end.

    Once nobody reads it any more, as in ``dashcam train --help | head -1``, that is without a word.
    """
    with usable_streams() as output:
        try:
            try:
                yield
            finally:
                output.flush()
        except BrokenPipeError:
            drop_output()
            sys.exit(EXIT_NO_READER)
        finally:
            if output.error is not None:
                drop_output()
    if output.error is not None:
        _end(f"Not all that was said could be written ({output.error.strerror}); the work itself is done.")


@_heard()
def main(arguments: Sequence[str] | None = None) -> None:
    """Runs ``dashcam`` and exits.

    With 0 for success, 2 for bad input, 75 if the system ended it, 130 after Ctrl-C, 141 without a reader.
    """
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:
        CONSOLE.print(importlib.metadata.version("dashcam"), highlight=False)
        return
    try:
        with stop_request():
            parse(words or ["--help"]).run()
    except (UserError, BundleError) as error:
        _end(str(error))
    except OSError as error:
        if error.filename is None and error.errno not in DISK_REFUSES:
            raise
        _end(f"{error.filename or 'A file'} cannot be written or read ({error.strerror}).")
    except KeyboardInterrupt as stop:
        plain_console(stderr=True).print("dashcam: stopped.")
        sys.exit(EXIT_RESUMABLE if isinstance(stop, TerminatedError) else EXIT_INTERRUPTED)


def _end(sentence: str) -> NoReturn:
    plain_console(stderr=True).print(f"dashcam: {sentence}", style="red", highlight=False, soft_wrap=True)
    sys.exit(EXIT_USER_ERROR)


def parse(words: Sequence[str]) -> Any:
    """The command that ``words`` ask for.

    Raises:
        UserError: a setting has a value that it cannot have.
    """
    complaint = io.StringIO()
    try:
        with contextlib.redirect_stderr(complaint):
            return _parse_command(with_resume_spelled_out(words))
    except SystemExit as end:
        _raise_what_was_wrong(end)
        sys.stderr.write(complaint.getvalue())
        raise


def _parse_command(words: Sequence[str]) -> Any:
    """Parses with the innermost command that ``words`` name, to whose help tyro points if they are wrong."""
    name, following = [*words, "", ""][:2]
    if name == "benchmark" and following in BENCHMARKS:
        return _parse_options(BENCHMARKS[following], words, 2)
    if name in DEFAULTS:
        return _parse_options(COMMANDS[name], words, 1, default=DEFAULTS[name](words))
    if name in COMMANDS:
        return _parse_options(COMMANDS[name], words, 1)
    return _parse_options(one_of(COMMANDS), words, 0, description="Learn to drive from a camera, on a laptop.")


def _parse_options(form: Any, words: Sequence[str], depth: int, **settings: Any) -> Any:
    """Parses what follows the first ``depth`` words, which name the command."""
    program = " ".join(["dashcam", *words[:depth]])
    return tyro.cli(form, prog=program, args=words[depth:], config=(tyro.conf.OmitSubcommandPrefixes,), **settings)


def _raise_what_was_wrong(end: BaseException) -> None:
    """Raises the ``UserError`` that tyro has wrapped in words of its own, if there is one."""
    error: BaseException | None = end
    while error is not None:
        if isinstance(error, UserError):
            raise error from None
        error = error.__cause__ or error.__context__
