"""Draws what the camera saw before each lane of road files was left, with a glow where the policy looked.

python -m tools.pictures.failures ROADS... [--policy DIR]
"""

import base64
import io
from pathlib import Path
from typing import Any

import tyro
from matplotlib import pyplot
from PIL import Image

from agents.explaining.explain import Explainer
from agents.page.contestants import Contestant, EvaluatedRun
from agents.page.drives import moment_of, ordered_drives
from agents.policy import load_policy
from agents.roads.files import road_files
from agents.scoring.evaluate import PolicyDriver, drive_suite
from agents.scoring.suites import in_own_cars, real_suite

INCHES = (1.96, 1.7)  # of one view with its caption


def main(
    roads: tyro.conf.Positional[tuple[str, ...]], policy: Path | None = None, out: Path = Path("docs/failures.png")
) -> None:
    """Drives the roads, and draws a row of pictures for each whose lane was left.

    Args:
        roads: Circuits (.csv), maps (.xodr), or folders of these.
        policy: Who drives; the reference policy by default.
        out: The picture.
    """
    driver = load_policy(policy)
    suite = in_own_cars(real_suite(road_files(roads)), [driver.config])
    scores = drive_suite(PolicyDriver(driver), driver.config, suite, keep_trajectories=True)
    drives = ordered_drives(Contestant(scores.driver, (EvaluatedRun(scores, driver),)), suite)
    left = [drive for drive in drives if drive.path.outside.any()]
    explainer = Explainer(driver)
    draw([moment_of(drive, explainer) for drive in left], out)
    print(f"{len(left)} of {suite.roads} lanes were left: {out}")


def draw(moments: list[dict[str, Any]], out: Path) -> None:
    """Writes a row of views for each moment."""
    columns = max(len(moment["views"]) for moment in moments)
    size = INCHES[0] * columns, INCHES[1] * len(moments)
    rows = pyplot.figure(figsize=size, layout="constrained").subfigures(len(moments), 1, squeeze=False)
    for (row,), moment in zip(rows, moments, strict=True):
        row.suptitle(moment["caption"], x=0.005, ha="left", fontsize=9)
        for axes, view in zip(row.subplots(1, columns), moment["views"], strict=False):
            axes.imshow(picture(view["glow"]))
            axes.set_title(f"{view['when']}, {view['offset']}", y=-0.16, fontsize=7, loc="left")
            axes.set_axis_off()
    pyplot.savefig(out, dpi=120)


def picture(address: str) -> Image.Image:
    """The picture of a ``data:`` address."""
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGB")


if __name__ == "__main__":
    tyro.cli(main)
