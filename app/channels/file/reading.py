"""Any file that a bank sends about payouts."""

from app.channels.file.answers import ReadFile
from app.channels.file.camt053 import read_camt053
from app.channels.file.pain002 import read_pain002
from app.channels.file.xml import read_xml
from app.channels.protocol import BankFileUnreadable, Why


def read_bank_file(content: bytes, *, name: str) -> ReadFile:
    """
    Read a status report or a statement, whole or not at all.

    Refusals: BankFileUnreadable.
    """
    kind, root = read_xml(content, name=name)
    if kind.startswith("pain.002."):
        return read_pain002(kind, root, name=name)
    if kind.startswith("camt.053."):
        return read_camt053(kind, root, name=name)
    raise BankFileUnreadable(name=name, reason=Why.NEITHER_REPORT_NOR_STATEMENT, kind=kind[:40])
