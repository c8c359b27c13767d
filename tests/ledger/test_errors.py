"""Sentences are put together from templates, facts and words."""

from typing import Any

import pytest

from ledger.errors import Kept, write_sentence

CHINESE = {
    "FOUND": "{place} 中没有 {what} 了。",
    "BESIDE": "{what} {place} {what}",
    "A_FILE": "文件",
    "THE_DISK": "（磁盘）{name}",
    "OF_A_NAME": "{name!r} 磁盘",
    "SENTENCES": "",
}
ENGLISH = {"FOUND": "{what} is gone from {place}.", "A_FILE": "a file", "THE_DISK": "the disk {name}"}
A_FILE = Kept("A_FILE", None)


def say(code: str, templates: dict[str, str] = CHINESE, **facts: Any) -> str:
    return write_sentence(Kept(code, facts), find=lambda said: templates[said.code])


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        # Data stand off, also those that are Chinese: nobody could tell else where a name ends.
        ({"what": "a.csv", "place": "d1"}, "d1 中没有 a.csv 了。"),
        ({"what": "订单", "place": "一"}, "一 中没有 订单 了。"),
        ({"what": 7, "place": 1_000}, "1000 中没有 7 了。"),
        ({"what": "", "place": ""}, " 中没有  了。"),
        # Words are of the sentence.
        ({"what": A_FILE, "place": "d1"}, "d1 中没有文件了。"),
        ({"what": A_FILE, "place": Kept("THE_DISK", {"name": "d1"})}, "（磁盘）d1 中没有文件了。"),
        ({"what": Kept("THE_DISK", {"name": "d1"}), "place": A_FILE}, "文件中没有（磁盘）d1 了。"),
        ({"what": Kept("OF_A_NAME", None), "place": "d", "name": "n"}, "d 中没有 'n' 磁盘了。"),
        ({"what": (Kept("A_FILE", {}), Kept("A_FILE", {})), "place": "d"}, "d 中没有文件文件了。"),
    ],
)
def test_no_blank_stands_between_words_of_one_chinese_sentence(facts: dict[str, Any], said: str) -> None:
    assert say("FOUND", **facts) == said


def test_of_two_facts_beside_each_other_words_alone_join() -> None:
    assert say("BESIDE", what=A_FILE, place=A_FILE) == "文件文件文件"
    assert say("BESIDE", what=A_FILE, place="d1") == "文件 d1 文件"
    assert say("BESIDE", what=A_FILE, place="一") == "文件 一 文件"


def test_english_keeps_its_blanks() -> None:
    disk = Kept("THE_DISK", {"name": "一"})

    assert say("FOUND", ENGLISH, what=A_FILE, place=disk) == "a file is gone from the disk 一."
