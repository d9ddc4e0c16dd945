"""The one error that a user can cause and mend."""


class UserError(ValueError):
    """Something in the input is wrong: the message is one sentence that says what, where and what to do.

    Commands print it without a traceback and exit with code 2; library callers catch it as a ``ValueError``.
    """
