"""Writes the page: one HTML file with everything in it."""

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from agents.bundles.bundle import DESCRIPTION, bundle_folder
from agents.page.content import content
from agents.page.contestants import Contestant
from agents.scoring.exam import remarks
from agents.scoring.suites import Suite
from agents.words import fraction, legible
from perception.atomic import write_atomic

PAGE = "report.html"
_LIBRARIES = ("gymnasium", "numba", "numpy", "torch")
_HERE = Path(__file__).parent
_SECTIONS = (
    ("summary", "Summary"),
    ("comparison", "Comparison"),
    ("maps", "Maps"),
    ("moments", "Worst moments"),
    ("conditions", "Conditions"),
    ("profiles", "Profiles"),
    ("drives", "Every drive"),
    ("made", "How it was made"),
)


def write_page(
    contestants: Sequence[Contestant], suite: Suite, policies: Sequence[Path | None], command: str, folder: Path
) -> Path:
    """Writes report.html into ``folder`` and returns its path; the write is atomic.

    Contestants that learned come first, at least one, with the trajectories of their drives; ``policies`` are the
    folders that they came from, None for the reference policy; ``command`` is the command line that made the page.
    """
    shown = content(contestants, suite)
    text = _template().render(
        **shown,
        title=_title([item.name for item in contestants if item.learned]),
        sections=[item for item in _SECTIONS if item[0] not in _missing(shown)],
        made={**_made(suite, policies, contestants), "command": command, "intervals": shown["intervals"]},
        style=Markup((_HERE / "page.css").read_text(encoding="utf-8")),  # noqa: S704  both are files of this package
        script=Markup((_HERE / "page.js").read_text(encoding="utf-8")),  # noqa: S704
    )
    path = folder / PAGE
    write_atomic(path, legible(text).encode())
    return path


def _missing(shown: Mapping[str, Any]) -> set[str]:
    """Sections that there is nothing to say in."""
    there = {"conditions": shown["conditions"], "comparison": shown["comparison"]["charts"]}
    return {name for name, found in there.items() if not found}


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["fraction"] = fraction
    return environment.get_template("page.html.jinja")


def _title(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"How {names[0]} drives"
    listed = ", ".join(names[:-1]) if len(names) <= 4 else f"{names[0]}, {names[1]} and {len(names) - 2} others"
    return f"How {listed} and {names[-1]} drive" if len(names) <= 4 else f"How {listed} drive"


def _made(suite: Suite, policies: Sequence[Path | None], contestants: Sequence[Contestant]) -> dict[str, Any]:
    """When, where and with what."""
    from agents.benchmarks.speed import describe_machine

    machine = describe_machine()
    driven = [run.policy for item in contestants for run in item.runs if run.policy is not None]
    versions = machine["versions"]
    libraries = ", ".join(f"{name} {versions[name]}" for name in _LIBRARIES)
    now = datetime.datetime.now(datetime.UTC)
    facts = [
        ("Suite", f"{suite.name}, SHA-256 {suite.hash}"),
        *(("Policy", _identity(path)) for path in policies),
        *(("Remark", sentence) for sentence in remarks(suite, driven)),
        ("Versions", f"dashcam {versions['dashcam']}, Python {machine['python']}, {libraries}"),
        ("Machine", f"{machine['processor']}, {machine['threads']} threads, {machine['system']}"),
        ("Date", f"{now:%Y-%m-%d %H:%M} UTC"),
    ]
    return {"version": versions["dashcam"], "date": f"{now.day} {now:%B %Y}", "facts": facts}


def _identity(path: Path | None) -> str:
    """A policy by its name and the digest of its description, which holds those of all its files."""
    digest = hashlib.sha256((bundle_folder(path) / DESCRIPTION).read_bytes()).hexdigest()
    return f"{path or 'reference'}, {DESCRIPTION} SHA-256 {digest}"
