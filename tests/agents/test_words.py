"""Numbers as people read them."""

import pytest

from agents.progress import TrainingProgress
from agents.scoring.metrics import Totals
from agents.scoring.report import columns_of
from agents.words import ENDINGS, fraction, percentage
from sim import task
from tests.support.tiny_run import silent


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (1.0, 0, "100"), (0.0, 0, "0"), (0.5, 0, "50"), (0.984, 0, "98"), (199 / 200, 0, "99.5"), (1 / 1000, 0, "0.1"),
        (0.9999, 1, "99.99"), (0.99, 1, "99.0"), (1.0, 1, "100.0"), (2999 / 3000, 0, "99.97"), (1.02, 0, "102"),
        (1.0 - 1e-12, 0, "100"),
    ],
)  # fmt: skip
def test_a_percentage_is_100_or_0_only_where_nothing_or_all_is_missing(share: float, digits: int, text: str) -> None:
    assert percentage(share, digits) == text


def test_a_fraction_is_1_or_0_only_where_nothing_or_all_is_missing() -> None:
    assert [fraction(share, 3) for share in (1.0, 0.9999, 0.5, 0.0002, 0.0)] == [
        "1.000", "0.9999", "0.500", "0.0002", "0.000",
    ]  # fmt: skip


def test_neither_table_nor_progress_says_100_of_a_share_below_it() -> None:
    values = dict.fromkeys(Totals.__dataclass_fields__, 0.9996)
    shown = {column.heading: column.write(values[name]) for name, column in columns_of("procedural").items()}
    assert {shown[name] for name in ("success", "autonomy", "comfort", "score")} == {"99.96 %", "99.96"}
    progress = TrainingProgress(100, silent())
    progress.best(199 / 200)
    assert progress._bar.tasks[0].description == "best 99.5%"


def test_every_ending_has_words() -> None:
    assert set(ENDINGS) == {name for name in task.ENDINGS if name}
