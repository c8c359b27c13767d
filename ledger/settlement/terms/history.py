"""Versions of role and party, laid over each other on the days they take effect. Pure."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from functools import lru_cache

from ledger.settlement.terms.model import (
    BUILT_IN_TERMS,
    FIRST_DAY,
    NOTHING,
    Cycle,
    Effect,
    History,
    Layer,
    Segment,
    Terms,
    TermsVersion,
)
from ledger.settlement.terms.periods import cycle_days


def build_history(
    *, role: Sequence[TermsVersion] = (), registration: Layer = NOTHING, party: Sequence[TermsVersion] = ()
) -> History:
    """
    The terms of a party through time: built-in, the role's versions, the registration, the party's versions, each over
    the one before it. Versions come in order.

    With NEXT_PERIOD a version begins when the period that its first day belongs to is over, also where it is the first
    of that period: a change that is made in the course of a day does not take hold of the morning. (For a party that
    settles on demand, whose period has no end, it begins on its first day.) A version that begins before an earlier one
    could carries that one with it.
    """
    return _build(tuple(role), registration, tuple(party))


def lay_over(below: Terms, layer: Layer) -> Terms:
    """
    The terms below with what a layer says in their place.

    A layer that names a cycle or a confirmation says the days that go with it, too: those below were meant for another.
    """
    said = {name: value for name, value in layer._asdict().items() if value is not None}
    if layer.cycle is not None and layer.due_days is None:
        said["due_days"] = BUILT_IN_TERMS.due_days
    if layer.confirmation is not None:
        said["confirmation_days"] = layer.confirmation_days
    return Terms(**{**asdict(below), **said})


# Parties of one platform have few histories between them: a role's, and some of their own.
@lru_cache(maxsize=4096)
def _build(role: tuple[TermsVersion, ...], registration: Layer, party: tuple[TermsVersion, ...]) -> History:
    of_role, of_party = NOTHING, NOTHING
    segments = [Segment(FIRST_DAY, lay_over(BUILT_IN_TERMS, registration))]
    changes = [(version.valid_from, 0, version) for version in role]
    changes += [(version.valid_from, 1, version) for version in party]
    for _, rank, version in sorted(changes, key=lambda change: (change[0], change[1], change[2].version)):
        of_role, of_party = (version.layer, of_party) if rank == 0 else (of_role, version.layer)
        terms = BUILT_IN_TERMS
        for layer in (of_role, registration, of_party):
            terms = lay_over(terms, layer)
        segments = _begin(segments, terms, version)
    return History(tuple(segments))


def _begin(segments: list[Segment], terms: Terms, version: TermsVersion) -> list[Segment]:
    begins = version.valid_from
    if version.effect is Effect.NEXT_PERIOD:
        begins = _end_of_period(segments, begins)
    kept = [segment for segment in segments if segment.first_day < begins]
    if kept and kept[-1].terms == terms:
        return kept
    return [*kept, Segment(begins, terms)]


def _end_of_period(segments: Sequence[Segment], day: date) -> date:
    """The first day after the period of this day, as the terms stood before the change."""
    standing = next(segment for segment in reversed(segments) if segment.first_day <= max(day, FIRST_DAY))
    if standing.terms.cycle is Cycle.ON_DEMAND:
        return day
    later = [s.first_day for s in segments if s.first_day > day and s.terms.cycle is not standing.terms.cycle]
    return min([cycle_days(standing.terms.cycle, day)[1], *later])
