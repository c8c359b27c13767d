"""
A channel's file of a day, from its documents, one a line: FILE, then CAPTURE and REFUND, a TOTAL for each legal entity
and currency, END. Read whole or not at all; docs/channel-files.md says what each of them holds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ledger import fields, money
from ledger.charging.channel_days.errors import ChannelFileCutOff, ChannelFileUneven, ChannelRecordTwice, Why
from ledger.charging.channel_days.model import ChannelFile, Record, RecordKind, Section
from ledger.errors import InvalidInput

Document = Mapping[str, object]
Records = dict[tuple[str, str], list[Record]]

_FILE = {"line", "version", "name", "channel", "day"}
_RECORD = {"line", "record", "settlementEntity", "currency", "order", "amount", "occurredAt"}
_CAPTURE = _RECORD | {"channelTransaction", "fee"}
_REFUND = _RECORD | {"refund"}
_COUNTS = ("captures", "refunds")
_TOTAL = {"line", "settlementEntity", "currency", "captures", "captured", "fees", "refunds", "refunded", "feesReturned"}
_END = {"line", "name", "records"}


def parse_channel_file(documents: Iterable[object]) -> ChannelFile:
    """
    Read a file; `field` of a refusal begins with the line's number, from 1.

    Refusals: InvalidInput, those of an amount, ChannelRecordTwice, ChannelFileUneven, ChannelFileCutOff.
    """
    lines = _number(documents)
    place, head = next(lines, ("1", {}))
    fields.read_object(head, field=(place,), required=_FILE, optional={"platform"})
    if head["line"] != "FILE" or not _is_count(head["version"], 1):
        raise InvalidInput(field=(place,), reason=Why.FIRST_LINE)
    records: Records = {}
    sections: dict[tuple[str, str], Section] = {}
    references: set[str] = set()
    end: Document | None = None
    for place, document in lines:
        if end is not None:
            raise InvalidInput(field=(place,), reason=Why.AFTER_THE_END)
        kind = document.get("line")
        if kind == "END":
            end = fields.read_object(document, field=(place,), required=_END)
        elif kind == "TOTAL":
            section = _read_total(document, place, records)
            if (section.legal_entity, section.currency) in sections:
                raise InvalidInput(field=(place,), reason=Why.ONE_TOTAL)
            sections[section.legal_entity, section.currency] = section
        else:
            _read_record(document, place, records, references)
    return _build(head, end, records, sections, len(references))


def _number(documents: Iterable[object]) -> Iterator[tuple[str, Document]]:
    for number, document in enumerate(documents, start=1):
        yield str(number), fields.read_entries(document, field=(str(number),))


def _read_record(document: Document, place: str, records: Records, references: set[str]) -> None:
    kind = fields.read_choice(document.get("line"), RecordKind, field=(place, "line"))
    if kind is RecordKind.CAPTURE:
        fields.read_object(document, field=(place,), required=_CAPTURE)
    else:
        fields.read_object(document, field=(place,), required=_REFUND, optional={"feeReturned"})
    entity, currency = _read_section(document, place)

    def text(name: str) -> str:
        return fields.read_text(document[name], field=(place, name))

    def amount(name: str, *, allow_zero: bool = False) -> int:
        given = document.get(name, "0")
        return money.parse_amount(given, currency=currency, field=(place, name), allow_zero=allow_zero)

    is_capture = kind is RecordKind.CAPTURE
    record = Record(
        reference=text("record"),
        kind=kind,
        order=text("order"),
        name=text("channelTransaction" if is_capture else "refund"),
        amount=amount("amount"),
        fee=amount("fee" if is_capture else "feeReturned", allow_zero=True),
        occurred_at=fields.read_instant(document["occurredAt"], field=(place, "occurredAt")),
    )
    if record.reference in references:
        raise ChannelRecordTwice(field=(place, "record"), record=record.reference)
    references.add(record.reference)
    records.setdefault((entity, currency), []).append(record)


def _read_section(document: Document, place: str) -> tuple[str, str]:
    entity = fields.read_text(document["settlementEntity"], field=(place, "settlementEntity"))
    return entity, fields.read_currency(document["currency"], field=(place, "currency"))


def _read_total(document: Document, place: str, records: Records) -> Section:
    """What a TOTAL line is of; it must be the sum of what came before it."""
    fields.read_object(document, field=(place,), required=_TOTAL)
    entity, currency = _read_section(document, place)
    section = Section(entity, currency, tuple(records.get((entity, currency), ())))
    for name, summed in section.totals._asdict().items():
        said = "feesReturned" if name == "fees_returned" else name
        given, is_right = document[said], False
        if name in _COUNTS:
            sum_text, is_right = str(summed), _is_count(given, summed)
        else:
            minor = money.parse_amount(given, currency=currency, field=(place, said), allow_zero=True)
            sum_text, is_right = money.format_amount(summed, currency=currency), minor == summed
        if not is_right:
            raise ChannelFileUneven(
                field=(place, said), entity=entity, currency=currency, total=said, given=_show(given), sum=sum_text
            )
    return section


def _is_count(given: object, expected: int) -> bool:
    """Whether it is this number, and neither true nor 1.0, which are equal to 1."""
    return type(given) is int and given == expected


def _show(given: object) -> str | money.JsonKind:
    """A short number as it came; a number of some thousand digits cannot be written out."""
    return str(given) if type(given) is int and abs(given) < 10**18 else money.describe(given)


def _build(
    head: Document,
    end: Document | None,
    records: Mapping[tuple[str, str], Sequence[Record]],
    sections: Mapping[tuple[str, str], Section],
    count: int,
) -> ChannelFile:
    name = fields.read_text(head["name"], field=("1", "name"))
    if end is None:
        raise ChannelFileCutOff(reason=Why.NO_END)
    if end["name"] != name or not _is_count(end["records"], count):
        raise ChannelFileCutOff(reason=Why.OTHER_END, name=name, count=count)
    for (entity, currency), listed in records.items():
        section = sections.get((entity, currency))
        if section is None or len(section.records) != len(listed):
            raise ChannelFileCutOff(reason=Why.BEHIND_TOTAL, entity=entity, currency=currency)
    platform = fields.read_text(head["platform"], field=("1", "platform")) if "platform" in head else ""
    return ChannelFile(
        name=name,
        channel=fields.read_text(head["channel"], field=("1", "channel")),
        day=fields.read_day(head["day"], field=("1", "day")),
        platform=platform,
        sections=tuple(sections.values()),
    )
