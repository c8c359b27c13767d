"""Headers in which a client says what it likes: Accept, Accept-Language."""

from functools import lru_cache

_LONGEST_HEADER = 1_000


def read_preferences(header: str | None) -> tuple[tuple[str, float], ...]:
    """Read names in lower case with their quality from 0 to 1, best first; equals stay in the client's order."""
    return _rank((header or "")[:_LONGEST_HEADER])


# A client sends the same header with every request.
@lru_cache(maxsize=256)
def _rank(header: str) -> tuple[tuple[str, float], ...]:
    named = (_read_part(part) for part in header.split(","))
    return tuple(
        sorted(((name, quality) for name, quality in named if name and quality > 0), key=lambda each: -each[1])
    )


def _read_part(part: str) -> tuple[str, float]:
    name, *parameters = (each.strip().lower() for each in part.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            return name, _read_quality(value)
    return name, 1.0


def _read_quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    # Also turns "nan" away, which compares false with everything.
    return quality if 0 <= quality <= 1 else 0.0
