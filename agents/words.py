"""Words for numbers."""


def counted(number: int, noun: str) -> str:
    """How many there are, such as "1 road" or "1,092 roads"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
