"""Where an export goes: a file is there whole or not at all, and what is no file stays what it is."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.exporting.output import OutputClosed, OutputFailed, open_output


def export(path: Path, text: str = "a,b\n", *, then: Callable[[], None] = lambda: None) -> None:
    with open_output(path) as file:
        file.write(text)
        then()


def test_a_file_takes_the_place_of_the_one_before_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    export(path, "before\n")

    with pytest.raises(KeyError):
        export(path, "half", then=lambda: {}["the rest"])

    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]
    assert path.read_text() == "before\n"


def test_a_link_goes_on_leading_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("before\n")
    (tmp_path / "link.csv").symlink_to("real.csv")

    export(tmp_path / "link.csv")

    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "a,b\n"


def test_a_pipe_with_a_name_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()

    export(pipe)

    reader.join(30)
    assert read == ["a,b\n"]
    assert pipe.is_fifo()


def test_a_reader_of_a_pipe_who_goes_is_no_failure_of_the_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    with pytest.raises(OutputClosed):
        export(pipe, then=lambda: os.close(reader))


@pytest.mark.parametrize("name", ["/", ".", "no/such/folder.csv"])
def test_what_cannot_be_written_is_said_in_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputFailed, match=r" cannot be written: [A-Z][a-z ]+\.$"):
        export(tmp_path / name)
