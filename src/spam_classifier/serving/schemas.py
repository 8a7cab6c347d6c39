"""What the service takes and answers, and its limits."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from ..model.explanation import Span

MOST_CHARACTERS = 10_000
MOST_TEXTS = 1_000
MOST_CHARACTERS_TOGETHER = 1_000_000

Text = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MOST_CHARACTERS,
        description="A message as it was sent.",
        examples=["You've WON a PRIZE, text back to find out what"],
    ),
]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class TextRequest(_Request):
    """One message."""

    text: Text


class TextsRequest(_Request):
    """Many messages, of at most 1,000,000 characters together."""

    texts: Annotated[list[Text], Field(max_length=MOST_TEXTS)]

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


SENTENCES = {
    "missing": "The field {field} is missing.",
    "extra_forbidden": "There is no field {field}; the body has just the field {known}.",
    "string_type": "The field {field} must be a text.",
    "string_too_short": "The field {field} is empty: it needs 1 to {most_characters} characters.",
    "string_too_long": "The field {field} is longer than {most_characters} characters.",
    "list_type": "The field {field} must be a list of texts.",
    "too_long": "The field {field} has more than {most_texts} texts.",
    "too_many_characters": "The field {known} has more than {most_together} characters in all.",
    "model_type": "The body must be a JSON object with the field {known}.",
    "json_invalid": "The body is not JSON with the field {known}: {error}.",
}
LONGEST_FIELD_NAME = 40


def explain_refusal(error: ValidationError, request: type[BaseModel]) -> str:
    """Say in one sentence what is wrong with a request's body.

    Args:
        error: What pydantic found.
        request: What was expected.
    """
    problem: dict[str, Any] = dict(error.errors(include_url=False, include_input=False)[0])
    name, *indices = problem["loc"] or ("",)
    field = str(name)[:LONGEST_FIELD_NAME] + "".join(f"[{index}]" for index in indices)
    return SENTENCES.get(problem["type"], "The field {field} is not valid.").format(
        field=field,
        known=next(iter(request.model_fields)),
        error=problem.get("ctx", {}).get("error", ""),
        most_characters=f"{MOST_CHARACTERS:,}",
        most_texts=f"{MOST_TEXTS:,}",
        most_together=f"{MOST_CHARACTERS_TOGETHER:,}",
    )
