"""``dashcam pretrain``."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from agents.commands.common import CONSOLE, named_value, say
from agents.files import claimed
from agents.progress import frames_bar
from agents.words import next_line, percentage
from perception.settings import PretrainConfig, pretrain_preset
from sim.errors import UserError

if TYPE_CHECKING:
    from perception.pretrain import Epoch, PretrainResult

DEFAULT_PRESET = "lane"


@dataclass
class Pretrain:
    """Train an encoder on labelled frames to estimate the car's pose in its lane and the bends ahead."""

    data: tyro.conf.Positional[Path]
    """Folder written by "dashcam collect"."""
    preset: str = DEFAULT_PRESET
    """lane trains an encoder to drive with; convnet trains a plain classifier of bends."""
    out: Path | None = None
    """Folder for encoder and report; runs/encoder-N by default."""
    config: Annotated[PretrainConfig, tyro.conf.arg(name="")] = field(default_factory=PretrainConfig)
    """Settings of the preset."""

    def run(self) -> None:
        from perception.dataset import count_frames
        from perception.lane_encoder import save_pretrained

        total = self.config.epochs * count_frames(self.data, "train")  # refuses what is no data before a folder is made
        with claimed(self.out, "encoder") as out:
            result = self._train(total)
            save_pretrained(out, result.pretrained)
            self._report(result, out)
        if result.ended_by == "Ctrl-C":
            raise KeyboardInterrupt
        if result.ended_by:
            raise UserError(f"{result.ended_by} The best encoder so far is in {out}; lower learning_rate.")
        if result.pretrained.targets:
            say(next_line(["train", "--encoder-from", out]))

    def _report(self, result: "PretrainResult", out: Path) -> None:
        """Says what the encoder in ``out`` is worth, if that could be found out."""
        from agents.explaining.encoder_report import scores_table, write_report

        if not result.pretrained.scores:
            say(f"Encoder: {out}, not tried on test roads")
            return
        with CONSOLE.status("Writing the report ..."):
            picture = write_report(result, self.data, out)
        CONSOLE.print(scores_table(result.pretrained.scores))
        say(f"Encoder: {out}   report: {picture}")

    def _train(self, total: int) -> "PretrainResult":
        """Trains on ``total`` frames at the most, and shows how it goes."""
        from perception.pretrain import pretrain

        started = time.monotonic()
        with frames_bar(CONSOLE, may_end_early=True) as bar:
            task = bar.add_task("", total=total)

            def watch(frames: int, epoch: "Epoch | None") -> None:
                bar.update(task, completed=frames)
                if epoch is not None:
                    bar.update(task, description=_in_words(epoch.scores))
                    passes = f"Pass {epoch.number} of {self.config.epochs}"
                    bar.console.print(f"{passes}, validation roads: {_in_words(epoch.scores)}", highlight=False)

            result = pretrain(self.config, self.data, watch)
        count, seconds = len(result.epochs), time.monotonic() - started
        passes = "1 pass" if count == 1 else f"{count} passes"
        CONSOLE.print(f"Trained {passes} in {seconds:.1f} s, data read and tested included.", highlight=False)
        return result


def _in_words(scores: dict[str, Any]) -> str:
    bends = f"bends {percentage(scores['bend_accuracy'] or 0.0, 1)}%"
    if "heading_deg" not in scores:
        return bends
    return f"offset {scores['lateral_offset_m']:.3f} m, heading {scores['heading_deg']:.2f} deg, {bends}"


def pretrain_defaults(words: Sequence[str]) -> Pretrain:
    """The command's defaults, which are those of the preset that ``words`` name.

    Raises:
        UserError: unknown preset.
    """
    name = named_value(words, "pretrain", "--preset") or DEFAULT_PRESET
    return Pretrain(data=tyro.MISSING, preset=name, config=pretrain_preset(name))
