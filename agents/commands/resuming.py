"""``--resume``, of commands whose work can be resumed."""

from collections.abc import Sequence
from typing import Literal, get_args

from agents.commands.common import named_value

Resume = Literal["never", "always", "auto"]
CHOICES: tuple[Resume, ...] = get_args(Resume)


def with_resume_spelled_out(words: Sequence[str]) -> list[str]:
    """The command line's ``words``, with what ``--resume`` alone means."""
    spelled: list[str] = []
    for word, following in zip(words, [*words[1:], ""], strict=True):
        spelled += [word, "always"] if word == "--resume" and following not in CHOICES else [word]
    return spelled


def resume_choice(words: Sequence[str], command: str) -> Resume:
    """What ``words`` say of ``--resume``; what is no choice is left to the parser, which refuses it."""
    value = named_value(with_resume_spelled_out(words), command, "--resume")
    return next((choice for choice in CHOICES if choice == value), "never")
