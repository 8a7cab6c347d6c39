"""The one way to tell a user about a mistake."""

import click

EMPTY_MESSAGE = "empty message"  # one without a character but spaces


class UserError(click.ClickException):
    """A user's mistake in one sentence: what is wrong, where, and what to do.

    Raised anywhere under a Kedro command it ends the command with exit code 1 and the sentence,
    without a traceback.
    """


class RawFileError(UserError):
    """A raw file that does not fit; what would make it fit is added where the run ends."""
