"""The form of a message in which terms are looked up, the same in training and scoring.

It undoes what hides a word from a filter but not from a reader: HTML entities, characters of
Windows-1252 that were taken for control characters, invisible characters, look-alike letters of
other alphabets, full-width letters, and letters with a space between any two.

Twice the text is at most about twice the work, whatever the text: Unicode's own normalisation takes
time with the square of a run of combining marks, and makes 18 characters of one.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cached_property, lru_cache
from html import unescape
from itertools import chain, groupby, islice

from pydantic import BaseModel, ConfigDict

MOST_MARKS = 30  # in a row, as in Unicode's stream-safe form: more than any language has
# Two Arabic phrases, of 18 and 8 characters, stay the one character that they are.
_PHRASES = "\ufdfa\ufdfb"
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d{0,2});")
# NFKC cannot change more: an ASCII character never joins with one before it.
_NON_ASCII_RUN = re.compile(rf"[\x00-\x7f]?[^\x00-\x7f{_PHRASES}]+")
# Cheap to look for, and in every text that is spaced out.
_TWO_SINGLE_LETTERS = re.compile(r" \S \S ")
_SPACED_OUT = re.compile(r"(?<!\S)\S(?: \S){3,}(?!\S)")
_SPACE_BETWEEN_LETTERS = re.compile(r"(?<=(?<!\S)\S) (?=\S(?!\S))")
_EXTRA_SPACES = re.compile(r"(?<= ) +")


class Normalisation(BaseModel):
    """How a message is normalised; a part of the model file.

    Attributes:
        replacements: What stands for a character; an empty text removes it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    replacements: dict[str, str]

    @cached_property
    def table(self) -> dict[int, str]:
        """The replacements as `str.translate` takes them."""
        return str.maketrans(self.replacements)

    def __call__(self, text: str) -> str:
        """Return the normalised text, in lower case."""
        if not (text.isascii() and text.isprintable()):
            text = text.translate(self.table)
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

    def align(self, text: str) -> tuple[str, list[int]]:
        """Return the normalised text, and for each of its characters where it comes from.

        Args:
            text: The message as it was sent.

        Returns:
            What a call returns, and as many positions in `text`, from left to right.
        """
        aligned = _Aligned(text)
        aligned.map(lambda part: part.translate(self.table))
        aligned.substitute(_NON_ASCII_RUN, _compatibility_form)
        aligned.map(str.lower)
        if _SPACED_OUT.search(aligned.text):
            aligned.substitute(_SPACE_BETWEEN_LETTERS, lambda _: "")
        aligned.substitute(_EXTRA_SPACES, lambda _: "")
        aligned.substitute(_ENTITY, self._read_entity)
        return aligned.text, aligned.origins

    def _read_entity(self, entity: str) -> str:
        return _compatibility_form(unescape(entity).translate(self.table)).lower()


class _Aligned:
    """A text on its way to the normalised one, with the origin of each of its characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.origins = list(range(len(text)))

    def map(self, change: Callable[[str], str]) -> None:
        """Make any number of characters of each one."""
        changed = change(self.text)
        if changed != self.text:
            lengths = {character: len(change(character)) for character in set(self.text)}
            pairs = zip(self.text, self.origins, strict=True)
            self.origins = [origin for old, origin in pairs for _ in range(lengths[old])]
            self.text = changed

    def substitute(self, pattern: re.Pattern[str], change: Callable[[str], str]) -> None:
        """Replace each match; where its length changes, its characters share its first origin."""
        parts, origins, end = list[str](), list[int](), 0
        for match in pattern.finditer(self.text):
            new = change(match[0])
            old = self.origins[match.start() : match.end()]
            parts += self.text[end : match.start()], new
            origins += self.origins[end : match.start()]
            origins += old if len(new) == len(old) else [old[0]] * len(new)
            end = match.end()
        self.text = "".join([*parts, self.text[end:]])
        self.origins = origins + self.origins[end:]


def _compatibility_form(text: str) -> str:
    """Return the NFKC form, in which letters of all widths and styles are the plain ones."""
    if len(text) > MOST_MARKS:
        runs = groupby(text, _is_mark)
        kept = (islice(run, MOST_MARKS) if are_marks else run for are_marks, run in runs)
        text = "".join(chain.from_iterable(kept))
    return unicodedata.normalize("NFKC", text)


@lru_cache(2**14)
def _is_mark(character: str) -> bool:
    """Tell whether nothing of a character stands by itself: NFKC may move all of it."""
    return all(map(unicodedata.combining, unicodedata.normalize("NFKD", character)))


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
