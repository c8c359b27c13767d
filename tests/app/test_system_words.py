"""What the operating system says is known by its number; what is not known is quoted."""

import errno
import os
import socket
import ssl
import sys

import pytest

from app.system_words import _BY_NUMBER, SystemSays, quote_failure, say_failure
from ledger.errors import Remark


@pytest.mark.skipif(sys.platform != "linux", reason="other systems say some of it otherwise")
@pytest.mark.parametrize(("number", "words"), _BY_NUMBER.items(), ids=str)
def test_what_is_known_is_what_the_system_says_of_the_number(number: int, words: SystemSays) -> None:
    assert words.sentence == os.strerror(number)
    assert say_failure(OSError(number, os.strerror(number), "/some/file")) is words


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (OSError(errno.EXDEV, "Invalid cross-device link", "a", None, "b"), "Invalid cross-device link"),
        (OSError("Multiple exceptions: one, two.\nand more"), "Multiple exceptions: one, two"),
        (OSError(), "OSError"),
        # Its numbers are no numbers of the system: 1 is not EPERM.
        (ssl.SSLError(1, "[SSL] bad certificate"), "[SSL] bad certificate"),
        (socket.gaierror(socket.EAI_FAMILY, "ai_family not supported"), "ai_family not supported"),
    ],
)
def test_all_else_is_quoted(failure: OSError, said: str) -> None:
    remark = say_failure(failure)

    assert isinstance(remark, Remark)
    assert (remark.words, str(remark)) == (SystemSays.QUOTED, said)


def test_a_name_that_leads_nowhere_is_known_beside_the_numbers_of_files() -> None:
    assert say_failure(socket.gaierror(socket.EAI_NONAME, "nodename nor servname provided")) is SystemSays.HOST_UNKNOWN


def test_a_failure_without_words_is_named() -> None:
    assert str(quote_failure(RuntimeError())) == "RuntimeError"
