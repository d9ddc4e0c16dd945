"""``dashcam compile``."""

from dataclasses import dataclass


@dataclass
class Compile:
    """Compile the simulation for this machine in advance."""

    def run(self) -> None:
        from agents.compilation import compile_all

        compile_all()
