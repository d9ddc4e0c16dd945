"""What could run code from a file is not in our packages at all, so no path can lead there.

Numba is the exception that it is not: its cache of compiled kernels, in the installation's or the user's own folder, is
a pickle beside machine code. Whoever can write there can change this program anyway; docs/reliability.md says so.
"""

import ast

import pytest

from tests.support import ROOT

MODULES = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "yaml", "runpy", "code", "imp"}
NAMES = {"eval", "exec", "compile", "__import__"}
CALLS = {
    "np.load",  # of which objects are pickles; perception.npy reads plain numbers alone
    "numpy.load",
    "torch.load",
    "torch.jit.load",
    "torch.hub.load",
    "importlib.import_module",
    "os.system",
    "os.popen",
}
SOURCES = sorted(path for package in ("sim", "perception", "agents") for path in (ROOT / package).rglob("*.py"))


def wrongs(source: str) -> list[str]:
    """What in a source file could run code that a file holds."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found += [node.module or ""] if (node.module or "").split(".")[0] in MODULES else []
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            found += [called] if called in NAMES | CALLS else []
            found += [
                ast.unparse(item)
                for item in node.keywords
                if item.arg in ("allow_pickle", "shell")
                and not (isinstance(item.value, ast.Constant) and not item.value.value)
            ]
    return found


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "import yaml as data", "from joblib import load", "import os, marshal", "eval('1')",
        "torch.load(path, weights_only=False)", "np.load(path)", "load(path, allow_pickle=True)", "run(it, shell=flag)",
        "def f():\n    import dill", "__import__(name)",
    ],
)  # fmt: skip
def test_each_way_to_run_code_is_found(source: str) -> None:
    assert len(wrongs(source)) == 1


def test_no_source_file_has_one() -> None:
    assert len(SOURCES) > 200
    assert {str(path.relative_to(ROOT)): wrongs(path.read_text(encoding="utf-8")) for path in SOURCES} == {
        str(path.relative_to(ROOT)): [] for path in SOURCES
    }
