"""
The files in which payment channels tell of a day: read whole or not at all, and recorded with the platform they are of.
"""

from collections.abc import Iterator
from datetime import datetime

from app.channels.file.xml import check_size
from app.channels.protocol import BankFileUnreadable, Why
from app.platforms import list_all_platforms
from app.refusals import BadRequest, What
from app.strict_json import read_value
from ledger.actor import Actor
from ledger.charging.channel_days.model import ChannelFile, RecordedDay
from ledger.charging.channel_days.parsing import parse_channel_file
from ledger.charging.channel_days.recording import record_channel_file
from ledger.db.connecting import Database
from ledger.errors import LedgerError
from ledger.parties.finding import find_parties

KIND = "channel-file.1"
LONGEST_LINE = 2**20


def is_channel_file(content: bytes) -> bool:
    """Whether it is a file of JSON lines; what banks send is XML."""
    return content[:1024].lstrip().startswith(b"{")


def read_channel_file(content: bytes, *, name: str) -> ChannelFile:
    """Refusals: BankFileUnreadable."""
    check_size(content, name=name)
    try:
        return parse_channel_file(_read_lines(content, name=name))
    except BankFileUnreadable:
        raise
    except LedgerError as refusal:
        raise _refuse(refusal, name=name) from None


async def find_owner(
    database: Database, platform_id: int, file: ChannelFile, *, name: str, is_given: bool = False
) -> int:
    """
    Whose file it is: the platform that it names, else the only one that has all its legal entities, else whoever reads
    it, who is told which of them are not there. Where somebody says whose it is (`is_given`), it is that of several.

    Refusals: BankFileUnreadable (a platform that is not here, or several that it may be of).
    """
    platforms = await list_all_platforms(database)
    if file.platform:
        named = [platform.platform_id for platform in platforms if platform.reference == file.platform]
        if not named:
            raise BankFileUnreadable(name=name, reason=Why.NO_SUCH_PLATFORM, platform=file.platform)
        return named[0]
    wanted = {section.legal_entity for section in file.sections}
    owners = []
    for platform in platforms if wanted else ():
        async with database.read(platform.platform_id) as conn:
            found = await find_parties(conn, references=wanted)
        if {reference for reference, party in found.items() if party.kind == "LEGAL_ENTITY"} == wanted:
            owners.append(platform.platform_id)
    if is_given and platform_id in owners:
        return platform_id
    if len(owners) > 1:
        raise BankFileUnreadable(name=name, reason=Why.SEVERAL_PLATFORMS)
    return owners[0] if owners else platform_id


async def record(
    database: Database, owner: int, file: ChannelFile, *, name: str, actor: Actor, now: datetime
) -> list[RecordedDay]:
    """Refusals: BankFileUnreadable; then nothing of it was recorded."""
    try:
        async with database.write(owner) as conn:
            return await record_channel_file(conn, file=file, actor=actor, now=now)
    except LedgerError as refusal:
        raise _refuse(refusal, name=name) from None


def _read_lines(content: bytes, *, name: str) -> Iterator[object]:
    """The values of the lines that are not blank. Refusals: BankFileUnreadable."""
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        if len(line) > LONGEST_LINE:
            raise BankFileUnreadable(name=name, reason=Why.LINE_BYTES, number=number, most=LONGEST_LINE)
        try:
            yield read_value(line, what=What.A_LINE)
        except BadRequest as refusal:
            raise BankFileUnreadable(name=name, reason=Why.AT_LINE, line=number, refusal=refusal) from None


def _refuse(refusal: LedgerError, *, name: str) -> BankFileUnreadable:
    if refusal.field and refusal.field[0].isdigit():
        return BankFileUnreadable(name=name, reason=Why.AT_LINE, line=refusal.field[0], refusal=refusal)
    return BankFileUnreadable(name=name, reason=refusal)
