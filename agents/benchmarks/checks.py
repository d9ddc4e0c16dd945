"""What can be told to be wrong before anything is measured."""

from sim.errors import UserError

MOST_ROUNDS, LONGEST_TURN = 100, 10.0  # s; all rows together take half an hour for each 100 s of a row
LONGEST_RACE_TURN, MOST_BUDGET = 600.0, 1000.0  # s; times as long as ours


def require_turns(rounds: int, seconds: float) -> None:
    """Makes sure that a run comes to an end.

    Raises:
        UserError: there would be no turn, or more than anyone waits for.
    """
    if not 1 <= rounds <= MOST_ROUNDS or not 0.0 < seconds <= LONGEST_TURN:
        raise UserError(
            f"{rounds} rounds of {seconds} s were asked for, but there must be 1 to {MOST_ROUNDS} rounds of more than "
            f"0 and at most {LONGEST_TURN:.0f} s."
        )


def require_races(seeds: int, seconds: float, budget: float) -> None:
    """Makes sure that a comparison of learners has a sense.

    Raises:
        UserError: no seed, no time to learn in a turn, or less time for the others than for us.
    """
    if not (seeds >= 1 and 0.0 < seconds <= LONGEST_RACE_TURN and 1.0 <= budget <= MOST_BUDGET):
        raise UserError(
            f"{seeds} seeds, turns of {seconds} s and a budget of {budget} were asked for, but there must be 1 seed or "
            f"more, turns of more than 0 and at most {LONGEST_RACE_TURN:.0f} s and a budget of 1 to {MOST_BUDGET:.0f}."
        )
