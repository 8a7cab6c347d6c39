"""What the service takes and answers, and its limits."""

import codecs
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from ..errors import EMPTY_MESSAGE
from ..model.explanation import Span

MOST_CHARACTERS = 10_000
MOST_TEXTS = 1_000
MOST_CHARACTERS_TOGETHER = 1_000_000

EXAMPLES = [
    "You've WON a PRIZE, text back to find out what",
    "Can you get some milk on the way home?",
]

# More than this outside of its texts is no request, and the parser would take seconds and
# gigabytes for it.
MOST_BYTES_BETWEEN_TEXTS = 64 * 1024
MOST_VALUES = 2 * MOST_TEXTS
LARGE_BODY = 8 * 1024


def _refuse_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "blank")
    return text


Text = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MOST_CHARACTERS,
        description="A message as it was sent.",
        examples=EXAMPLES[:1],
        json_schema_extra={"pattern": r"\S"},
    ),
    AfterValidator(_refuse_blank),
]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class TextRequest(_Request):
    """One message."""

    text: Text


class TextsRequest(_Request):
    """Many messages, of at most 1,000,000 characters together."""

    texts: Annotated[list[Text], Field(max_length=MOST_TEXTS, examples=[EXAMPLES])]

    @model_validator(mode="after")
    def _limit_characters(self) -> Self:
        if sum(map(len, self.texts)) > MOST_CHARACTERS_TOGETHER:
            raise PydanticCustomError("too_many_characters", "too many characters")
        return self


class Answer(BaseModel):
    """The class of a message."""

    result: str = Field(examples=["spam"])


class Classification(BaseModel):
    """The class of a message, and how likely it is spam."""

    result: str = Field(examples=["spam"])
    spam_probability: float = Field(ge=0, le=1)
    known: float = Field(
        ge=0,
        le=1,
        description="Share of its words that the model knows: the less, the less to rely on.",
    )


class ExplainedClassification(Classification):
    """Why a message is in its class.

    The log-odds of spam are the sum of the intercept, the remainder and the weights of the spans.
    """

    threshold: float = Field(description="Least probability of spam at which it is the answer.")
    intercept: float = Field(description="Log-odds of a message without any known word.")
    remainder: float = Field(description="Log-odds that no word or symbol accounts for.")
    spans: list[Span] = Field(description="Words and symbols, in code points of the text as sent.")


class Error(BaseModel):
    """Why a request was refused."""

    error: str = Field(examples=["The field text is missing."])


BLANK = f"The field {{field}} is an {EMPTY_MESSAGE}: it needs a character that is not a space."
NOT_UTF_8 = "The body must be JSON in UTF-8."
SENTENCES = {
    "missing": "The field {field} is missing.",
    "extra_forbidden": "There is no field {field}; the body has just the field {known}.",
    "string_type": "The field {field} must be a text.",
    "string_too_short": BLANK,
    "blank": BLANK,
    "string_too_long": "The field {field} is longer than {most_characters} characters.",
    "list_type": "The field {field} must be a list of texts.",
    "too_long": "The field {field} has more than {most_texts} texts.",
    "too_many_characters": "The field {known} has more than {most_together} characters in all.",
    "too_many_values": "The body has more values than {most_texts} texts.",
    "model_type": "The body must be a JSON object with the field {known}.",
    "json_invalid": "The body is not JSON with the field {known}: {error}.",
}
LONGEST_FIELD_NAME = 40
Request = TypeVar("Request", bound=BaseModel)


class BodyError(ValueError):
    """A body that is not what it must be; the message is a sentence for the client."""


def read_body(body: bytes, request: type[Request]) -> Request:
    """Read the body of a request.

    Args:
        body: JSON in UTF-8; a byte order mark, which Windows puts before it, is dropped.
        request: What is expected.

    Raises:
        BodyError: If the body is something else.
    """
    if len(body) > LARGE_BODY and _holds_too_much(body):
        raise BodyError(_say("too_many_values", request))
    try:
        return request.model_validate_json(body.removeprefix(codecs.BOM_UTF8))
    except ValidationError as error:
        problem: dict[str, Any] = dict(error.errors(include_url=False, include_input=False)[0])
    if problem["type"] == "json_invalid" and not _is_utf_8(body):
        raise BodyError(NOT_UTF_8)
    reason = problem.get("ctx", {}).get("error", "")
    raise BodyError(_say(problem["type"], request, problem["loc"], reason))


def _holds_too_much(body: bytes) -> bool:
    """Count the texts of a body, and what is between them, far faster than a parser."""
    plain = body.replace(rb"\\", b"").replace(rb"\"", b"")
    between = b"".join(plain.split(b'"', 2 * MOST_VALUES)[::2])
    values = sum(map(between.count, (b",", b"[", b"{")))
    return len(between) > MOST_BYTES_BETWEEN_TEXTS or values > MOST_VALUES


def _is_utf_8(body: bytes) -> bool:
    try:
        return "\0" not in body.decode()
    except UnicodeDecodeError:
        return False


def _say(
    kind: str, request: type[BaseModel], place: tuple[str | int, ...] = (), reason: str = ""
) -> str:
    """Say in one sentence what is wrong with a body."""
    name, *indices = place or ("",)
    return SENTENCES.get(kind, "The field {field} is not valid.").format(
        field=str(name)[:LONGEST_FIELD_NAME] + "".join(f"[{index}]" for index in indices),
        known=next(iter(request.model_fields)),
        error=reason,
        most_characters=f"{MOST_CHARACTERS:,}",
        most_texts=f"{MOST_TEXTS:,}",
        most_together=f"{MOST_CHARACTERS_TOGETHER:,}",
    )
