"""Imports point one way: tests -> tools -> agents -> perception -> sim, and no test imports another."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support import ROOT

LAYERS = ("sim", "perception", "agents", "tools", "tests")
FORBIDDEN = {package: set(LAYERS[place + 1 :]) for place, package in enumerate(LAYERS[:-1])}


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


def rooms_needed(path: Path) -> set[str]:
    """The rooms of ``agents`` (its folders and single files) that a file imports from."""
    modules = [node.module for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    return {module.split(".")[1] for module in modules if module is not None and module.startswith("agents.")}


def test_rooms_of_the_agents_need_each_other_in_one_direction_alone() -> None:
    needs: dict[str, set[str]] = {}
    for path in (ROOT / "agents").rglob("*.py"):
        room = path.relative_to(ROOT / "agents").parts[0].removesuffix(".py")
        needs.setdefault(room, set()).update(rooms_needed(path) - {room})
    assert "bundles" in needs["policy"], "imports were not read as expected"
    TopologicalSorter(needs).prepare()  # names the rooms of a circle


def test_runtime_needs_numpy_and_onnxruntime_alone() -> None:
    needed = {"numpy", "onnxruntime", "agents", "perception"}
    files = [ROOT / "agents" / name for name in ("__init__.py", "atomic.py", "runtime.py")]
    for path in [*files, *(ROOT / "agents" / "bundles").glob("*.py")]:
        assert imported_packages(path) - sys.stdlib_module_names <= needed, path
    for name, needed in {"__init__.py": set(), "whole.py": set(), "fitting.py": {"numpy"}}.items():
        assert imported_packages(ROOT / "perception" / name) - sys.stdlib_module_names <= needed, name
