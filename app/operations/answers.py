"""What a client is told."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.strict_json import write_json


@dataclass(frozen=True)
class Answer:
    """A GraphQL response. `refused`: it has no `data`, because nothing was run; `status` is what HTTP makes of that."""

    body: dict[str, Any]
    refused: bool = False
    status: int = 200

    @cached_property
    def text(self) -> str:
        """The body as JSON, written once however many are told."""
        return write_json(self.body)

    def is_sound(self) -> bool:
        """Whether nothing of it failed."""
        return "errors" not in self.body
