"""Private parts of other libraries that we use: which releases they were checked with, and who may use them."""

import importlib.metadata
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHECKED = {"stable-baselines3": ("2.9",), "numba": ("0.68",)}  # read the module below before you add a release
SB3, NUMBA = "agents/learning/sb3_private.py", "sim/numba_private.py"
PRIVATE = {
    r"\._last_obs|\._n_updates|\._episode_num|_store_transition|_wrap_env|_sample_action|_setup_learn": SB3,
    r"_nrt\b|numba\.core|\._cache_file|\._impl\b|\._cache\b": NUMBA,
}


@pytest.mark.parametrize("library", CHECKED)
def test_the_release_is_one_whose_private_parts_were_checked(library: str) -> None:
    assert importlib.metadata.version(library).rpartition(".")[0] in CHECKED[library]


@pytest.mark.parametrize("pattern", PRIVATE)
def test_one_module_uses_private_parts(pattern: str) -> None:
    sources = [path for room in ("sim", "perception", "agents") for path in (ROOT / room).rglob("*.py")]
    users = {str(path.relative_to(ROOT)) for path in sources if re.search(pattern, path.read_text())}
    assert users == {PRIVATE[pattern]}
