"""What people do to a message to get it past a filter, while a reader still understands it."""

from collections.abc import Callable

import numpy as np

LOOK_ALIKES = str.maketrans("aceopxyijsAEOPCXHBMT", "асеорхуіјѕАЕОРСХНВМТ")  # noqa: RUF001
FULL_WIDTH = {code: code + 0xFEE0 for code in range(ord("!"), ord("~") + 1)}
HARMLESS_TEXT = "Ok, see you at home then. I will be late from work, start without me. Love you"

Change = Callable[[str], str]


def replace_every_other(text: str) -> str:
    """Replace every other letter by its look-alike of the Cyrillic alphabet, if it has one."""
    return "".join(
        character.translate(LOOK_ALIKES) if position % 2 else character
        for position, character in enumerate(text)
    )


DISGUISES: dict[str, Change] = {
    "letters with spaces between": " ".join,
    "zero-width characters between": "\u200b".join,
    "half look-alike letters": replace_every_other,
    "full-width characters": lambda text: text.translate(FULL_WIDTH),
}


def append_texts(texts: list[str], count: int, random_state: int) -> Change:
    """Return the attack that appends harmless messages.

    Args:
        texts: Messages to draw from.
        count: How many to append.
        random_state: Seed of the draw.
    """
    generator, drawn = np.random.default_rng(random_state), np.array(texts, dtype=object)
    return lambda text: " ".join([text, *generator.choice(drawn, count)])
