"""The form of a message in which terms are looked up, the same in training and scoring.

It undoes what hides a word from a filter but not from a reader: HTML entities, characters of
Windows-1252 that were taken for control characters, invisible characters, look-alike letters of
other alphabets, full-width letters, and letters with a space between any two.
"""

import re
import unicodedata
from functools import partial
from html import unescape
from typing import Any

from pydantic import BaseModel, ConfigDict, PrivateAttr

_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d{0,2});")
# NFKC cannot change more: an ASCII character never joins with one before it.
_NON_ASCII_RUN = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
# Cheap to look for, and in every text that is spaced out.
_TWO_SINGLE_LETTERS = re.compile(r" \S \S ")
_SPACED_OUT = re.compile(r"(?<!\S)\S(?: \S){3,}(?!\S)")
_SPACE_BETWEEN_LETTERS = re.compile(r"(?<=(?<!\S)\S) (?=\S(?!\S))")
_EXTRA_SPACES = re.compile(r"(?<= ) +")
_compatibility_form = partial(unicodedata.normalize, "NFKC")


class Normalisation(BaseModel):
    """How a message is normalised; a part of the model file.

    Attributes:
        replacements: What stands for a character; an empty text removes it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    replacements: dict[str, str]
    _table: dict[int, str] = PrivateAttr()

    def model_post_init(self, _context: Any, /) -> None:
        """Build the translation table once."""
        self._table = str.maketrans(self.replacements)

    def __call__(self, text: str) -> str:
        """Return the normalised text, in lower case."""
        if not (text.isascii() and text.isprintable()):
            text = text.translate(self._table)
        if not text.isascii():
            text = _NON_ASCII_RUN.sub(lambda match: _compatibility_form(match[0]), text)
        text = text.lower()
        if _TWO_SINGLE_LETTERS.search(text) and _SPACED_OUT.search(text):
            text = _SPACE_BETWEEN_LETTERS.sub("", text)
        if "  " in text:
            text = _EXTRA_SPACES.sub("", text)
        if "&" in text:
            text = _ENTITY.sub(lambda match: self._read_entity(match[0]), text)
        return text

    def find_origins(self, text: str) -> list[int]:
        """Return, for each character of the normalised text, the position that it comes from.

        Args:
            text: The message as it was sent.

        Returns:
            As many positions in `text`, from left to right, as the normalised text has characters.
        """
        aligned = _Aligned(text, list(range(len(text))))
        aligned = aligned.map(lambda character: character.translate(self._table))
        aligned = aligned.substitute(_NON_ASCII_RUN, _compatibility_form)
        aligned = aligned.map(str.lower)
        if _SPACED_OUT.search(aligned.text):
            aligned = aligned.substitute(_SPACE_BETWEEN_LETTERS, lambda _: "")
        aligned = aligned.substitute(_EXTRA_SPACES, lambda _: "")
        return aligned.substitute(_ENTITY, self._read_entity).origins

    def _read_entity(self, entity: str) -> str:
        return _compatibility_form(unescape(entity).translate(self._table)).lower()


class _Aligned:
    """A text on its way to the normalised one, with the origin of each of its characters."""

    def __init__(self, text: str, origins: list[int]) -> None:
        self.text = text
        self.origins = origins

    def map(self, change: Any) -> "_Aligned":
        """Replace each character by any number of others."""
        parts = [change(character) for character in self.text]
        origins = [origin for part, origin in zip(parts, self.origins, strict=True) for _ in part]
        return _Aligned("".join(parts), origins)

    def substitute(self, pattern: re.Pattern[str], change: Any) -> "_Aligned":
        """Replace each match; where its length changes, its characters share its first origin."""
        text, origins, end = "", list[int](), 0
        for match in pattern.finditer(self.text):
            new = change(match[0])
            old = self.origins[match.start() : match.end()]
            text += self.text[end : match.start()] + new
            origins += self.origins[end : match.start()]
            origins += old if len(new) == len(old) else [old[0]] * len(new)
            end = match.end()
        return _Aligned(text + self.text[end:], origins + self.origins[end:])


def build_normalisation() -> Normalisation:
    """Return the normalisation of a new model.

    The look-alike letters are those of Unicode's confusables (UTS 39), as the library
    confusable-homoglyphs carries them; the rest is what Python knows of Windows-1252 and of
    Unicode's categories.
    """
    from confusable_homoglyphs.confusables import confusables_data

    look_alikes = {
        character: other["c"]
        for character, others in confusables_data.items()
        for other in others
        if len(character) == len(other["c"]) == 1
        if other["c"].isascii() and not _compatibility_form(character).isascii()
    }
    invisible = {
        chr(code): ""
        for code in (*range(0x10000), *range(0xE0000, 0xE0080))
        if unicodedata.category(chr(code)) in ("Cc", "Cf") and not chr(code).isspace()
    }
    windows_1252 = {
        chr(code): bytes([code]).decode("cp1252", errors="ignore") for code in range(0x80, 0xA0)
    }
    windows_1252 = {code: look_alikes.get(sign, sign) for code, sign in windows_1252.items()}
    replacements = look_alikes | invisible | windows_1252
    return Normalisation(replacements=dict(sorted(replacements.items())))
