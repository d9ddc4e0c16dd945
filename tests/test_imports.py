"""Imports point one way: tests -> tools -> agents -> perception -> sim, and no test imports another."""

import ast
import itertools
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support import ROOT

LAYERS = ("sim", "perception", "agents", "tools", "tests")
FORBIDDEN = {package: set(LAYERS[place + 1 :]) for place, package in enumerate(LAYERS[:-1])}
SIM = ("types", "config", "roads", "camera", "pool", "core", "step", "world", "observation", "env", "vector_env")


def imported_packages(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", sorted(FORBIDDEN))
def test_package_imports_nothing_above_it(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files, f"{package} has no source files"
    for path in files:
        above = imported_packages(path) & FORBIDDEN[package]
        assert not above, f"{path.relative_to(ROOT)} imports {', '.join(sorted(above))}"


def test_tests_share_what_is_in_their_support_and_in_the_tools_alone() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
        modules = {node.module for node in nodes if node.module is not None and node.module.startswith("tests")}
        assert all(module.startswith("tests.support") for module in modules), f"{path} imports {modules}"


def test_simulator_and_encoders_know_nothing_of_the_learning_library() -> None:
    for package in ("sim", "perception"):
        for path in sorted((ROOT / package).rglob("*.py")):
            assert "stable_baselines3" not in imported_packages(path), path


def test_simulator_does_not_need_torch() -> None:
    for path in sorted((ROOT / "sim").rglob("*.py")):
        assert "torch" not in imported_packages(path), path


def test_one_module_imports_the_runtime_of_models_which_must_be_told_first_to_send_nothing() -> None:
    files = [path for package in LAYERS for path in (ROOT / package).rglob("*.py")]
    found = [path for path in files if "onnxruntime" in imported_packages(path)]
    assert found == [ROOT / "agents" / "bundles" / "session.py"]


def rooms_needed(path: Path, inside: str) -> set[str]:
    """The rooms (folders and single files) of the package ``inside`` that a file imports from."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    modules = {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}
    return {module.removeprefix(f"{inside}.").split(".")[0] for module in modules if module.startswith(f"{inside}.")}


def rooms_of(folder: Path) -> dict[str, set[str]]:
    """Which rooms of a folder each of its rooms needs."""
    needs: dict[str, set[str]] = {}
    inside = ".".join(folder.relative_to(ROOT).parts)
    for path in folder.rglob("*.py"):
        room = path.relative_to(folder).parts[0].removesuffix(".py")
        if room != "__init__":
            needs.setdefault(room, set()).update(rooms_needed(path, inside) - {room})
    return needs


@pytest.mark.parametrize("package", ["sim", "perception", "agents", "tools"])
def test_rooms_need_each_other_in_one_direction_alone(package: str) -> None:
    for folder in [ROOT / package, *(path.parent for path in (ROOT / package).rglob("*/__init__.py"))]:
        TopologicalSorter(rooms_of(folder)).prepare()  # names the rooms of a circle


def test_the_rooms_of_the_simulator_build_on_each_other() -> None:
    needs = rooms_of(ROOT / "sim")
    assert "roads" in needs["camera"], "imports were not read as expected"
    for lower, upper in itertools.pairwise(SIM):
        needs[upper].add(lower)
    TopologicalSorter(needs).prepare()  # fails if one of them needs a later one, directly or through others


def test_runtime_needs_numpy_and_onnxruntime_alone() -> None:
    needed = {"numpy", "onnxruntime", "agents", "perception"}
    files = [ROOT / "agents" / name for name in ("__init__.py", "runtime.py")]
    for path in [*files, *(ROOT / "agents" / "bundles").glob("*.py")]:
        assert imported_packages(path) - sys.stdlib_module_names <= needed, path
    for name in ("__init__", "atomic", "manifest", "resize", "untrusted"):
        path = ROOT / "perception" / f"{name}.py"
        assert imported_packages(path) - sys.stdlib_module_names <= {"numpy", "perception"}, name
