"""What the service takes and answers, and its limits."""

import codecs
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

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
SMALL_BODY = 8 * 1024

SENTENCES = {
    "missing": "The field {field} is missing.",
    "extra_forbidden": "There is no field {field}; the body has just {fields}.",
    "string_type": "The field {field} must be a text.",
    "string_pattern_mismatch": f"The field {{field}} is an {EMPTY_MESSAGE}: "
    "it needs a character that is not a space.",
    "string_too_long": "The field {field} is longer than {max_length:,} characters.",
    "list_type": "The field {field} must be a list of texts.",
    "too_long": f"The field {{field}} has more than {MOST_TEXTS:,} texts.",
    "too_long_together": "The field {known} has more than "
    f"{MOST_CHARACTERS_TOGETHER:,} characters in all.",
    "model_type": "The body must be a JSON object with {fields}.",
    "json_invalid": "The body is not JSON in UTF-8 with {fields}: {reason}.",
}
TOO_MANY_VALUES = f"The body has more values than {MOST_TEXTS:,} texts."
LONGEST_FIELD_NAME = 40
LONGEST_LABEL = 100


Text = Annotated[
    str,
    Field(
        max_length=MOST_CHARACTERS,
        pattern=r"\S",
        description="A message as it was sent.",
        examples=EXAMPLES[:1],
    ),
]


class _Request(BaseModel):
    # Python's idea of a space, which training and batch scoring have too.
    model_config = ConfigDict(extra="forbid", strict=True, regex_engine="python-re")


class TextRequest(_Request):
    """One message."""

    text: Text


class FeedbackRequest(TextRequest):
    """One message, and the class that it belongs to."""

    label: Annotated[
        str, Field(max_length=LONGEST_LABEL, description="Its class.", examples=["spam"])
    ]


class TextsRequest(_Request):
    """Many messages, of at most 1,000,000 characters together."""

    texts: Annotated[list[Text], Field(max_length=MOST_TEXTS, examples=[EXAMPLES])]

    @model_validator(mode="after")
    def _limit_characters(self) -> Self:
        if sum(map(len, self.texts)) > MOST_CHARACTERS_TOGETHER:
            raise PydanticCustomError("too_long_together", "too long")
        return self


class Answer(TypedDict):
    """The class of a message."""

    result: Annotated[str, Field(examples=["spam"])]


class Classification(Answer):
    """The class of a message, how likely it is spam, and which share of its words is known.

    The smaller the known share, the less to rely on.
    """

    spam_probability: Annotated[float, Field(ge=0, le=1)]
    known: Annotated[float, Field(ge=0, le=1)]


class ExplainedClassification(Classification):
    """Why a message is in its class.

    The log-odds of spam are the sum of the intercept, the remainder and the weights of the spans,
    which are words and symbols in code points of the text as sent. The remainder is what none of
    them accounts for. From the threshold on, a probability of spam means spam.
    """

    threshold: float
    intercept: float
    remainder: float
    spans: list[Span]


class KeptCorrection(TypedDict):
    """The number under which a correction is kept."""

    id: int


class Error(BaseModel):
    """Why a request was refused."""

    error: str = Field(examples=["The field text is missing."])


Request = TypeVar("Request", bound=BaseModel)


class BodyError(ValueError):
    """A body that is not what it must be; the message is a sentence for the client."""


def read_body(body: bytes | bytearray, request: type[Request]) -> Request:
    """Read the body of a request.

    Args:
        body: JSON in UTF-8; a byte order mark, which Windows puts before it, is dropped.
        request: What is expected.

    Raises:
        BodyError: If the body is something else.
    """
    if len(body) > SMALL_BODY and _holds_too_much(body):
        raise BodyError(TOO_MANY_VALUES)
    try:
        return request.model_validate_json(body.removeprefix(codecs.BOM_UTF8))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
    name, *indices = problem["loc"] or ("",)
    context: dict[str, Any] = problem.get("ctx", {})
    fields = (
        f"the field{'s' * (len(request.model_fields) > 1)} {' and '.join(request.model_fields)}"
    )
    raise BodyError(
        SENTENCES.get(problem["type"], "The field {field} is not valid.").format(
            field=str(name)[:LONGEST_FIELD_NAME] + "".join(f"[{index}]" for index in indices),
            known=next(iter(request.model_fields)),
            fields=fields,
            reason=context.get("error"),
            max_length=context.get("max_length", 0),
        )
    )


def _holds_too_much(body: bytes | bytearray) -> bool:
    """Count the texts of a body, and what is between them, far faster than a parser."""
    plain = body.replace(rb"\\", b"").replace(rb"\"", b"")
    between = b"".join(plain.split(b'"', 2 * MOST_VALUES)[::2])
    values = sum(map(between.count, (b",", b"[", b"{")))
    return len(between) > MOST_BYTES_BETWEEN_TEXTS or values > MOST_VALUES
