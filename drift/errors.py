"""The errors that prevent a check. The command exits with 2."""

import math

HIDDEN = "its message may hold secrets"
"""The remark in a message that leaves out the message of the models' exception."""


class DriftError(Exception):
    """The check could not be made.

    The message is one line for the user: the problem, its position, and the fix. It never holds a
    password, a DSN or a token.
    """

    private = ""
    """The same message with the text of the models' exception, which may quote any value.

    It is printed for the person who runs the command, and reaches no report.
    """
    trace: tuple[str, ...] = ()
    """The lines of the traceback, for -v; they reach no report either."""

    def hint(self, how: str) -> str:
        """Return the message with a hint at `how` to read the parts that it leaves out, if any."""
        return str(self).replace(HIDDEN, f"{HIDDEN}; {how}")


class UsageError(DriftError):
    """The command line asks for something that cannot be done."""


class ConfigurationError(DriftError):
    """The configuration is not usable; `problems` has one line (file:line: key: reason) each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ModelsError(DriftError):
    """The models could not be imported or read, or they hold no tables."""

    def __init__(self, text: str, *, private: str = "", trace: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.private = private
        self.trace = trace


class MigrationsError(DriftError):
    """The migrations, or SQL files, could not be run on the scratch server."""

    def __init__(self, text: str, *, private: str = "", trace: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.private = private
        self.trace = trace


class DatabaseError(DriftError):
    """The database could not be reached, or did not answer.

    `retryable` if another attempt may succeed, within `retry_for` seconds.
    """

    def __init__(self, text: str, *, retryable: bool = False, retry_for: float = math.inf) -> None:
        super().__init__(text)
        self.retryable = retryable
        self.retry_for = retry_for
