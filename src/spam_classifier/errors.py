"""The one way to tell a user about a mistake: a sentence."""

from pathlib import Path

import click

EMPTY_MESSAGE = "empty message"  # one without a character but spaces
RAW_FILE = Path("data/01_raw/SPAM text message 20170820 - Data.csv")
KAGGLE_PAGE = "https://www.kaggle.com/datasets/team-ai/spam-text-message-classification"
MISSING_FILE_HINT = (
    f'Run `make data` to fetch it, or download it from {KAGGLE_PAGE} and save it as "{RAW_FILE}".'
)


class UserError(click.ClickException):
    """A user's mistake in one sentence: what is wrong, where, and what to do.

    Raised anywhere under a Kedro command it ends the command with exit code 1 and the sentence,
    without a traceback.
    """


class RawFileError(UserError):
    """A raw file that does not fit; what would make it fit is added where the run ends."""
