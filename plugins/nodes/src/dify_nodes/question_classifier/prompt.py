"""What the model is asked, and how its answer is read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..models.lenient_json import find_object
from ..models.tasks import Task
from ..models.thinking import separate

_INSTRUCTION: Final = (
    "You sort texts into categories. The question is a JSON object with a text, the categories to choose from, and "
    "possibly further instructions. Choose the one category that fits the text best, by its meaning and by the "
    "instructions. Answer with one JSON object and nothing else, without a code fence:\n"
    '{"category_id": "...", "category_name": "..."}\n'
    "Both values are copied unchanged from the list of categories."
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A class with its rendered name."""

    id: str
    name: str


_EXAMPLE_CHOICES: Final = (Choice("a1", "Delivery"), Choice("b2", "Product quality"), Choice("c3", "Something else"))


def task_of(text: str, choices: Sequence[Choice], instruction: str) -> Task:
    """The task for the model."""
    late = _question("My parcel should have been here last week.", _EXAMPLE_CHOICES, "")
    broken = _question("The zip broke, and I love the colour.", _EXAMPLE_CHOICES, "Complaints go before praise.")
    examples = ((late, _answer(_EXAMPLE_CHOICES[0])), (broken, _answer(_EXAMPLE_CHOICES[1])))
    return Task(_INSTRUCTION, _question(text, choices, instruction), examples)


def _question(text: str, choices: Sequence[Choice], instruction: str) -> str:
    categories = [{"category_id": choice.id, "category_name": choice.name} for choice in choices]
    question = {"text": text, "categories": categories, "instructions": instruction}
    return json.dumps(question, ensure_ascii=False)


def _answer(choice: Choice) -> str:
    return json.dumps({"category_id": choice.id, "category_name": choice.name})


async def chosen(answer: str, choices: Sequence[Choice]) -> Choice:
    """The class that the answer names by its id; the first one for an answer that names none."""
    text, _ = separate(answer)
    value = await find_object(text) or {}
    identity = str(value.get("category_id", "")).strip()
    return next((choice for choice in choices if choice.id == identity), choices[0])
