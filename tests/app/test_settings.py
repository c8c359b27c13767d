"""The environment becomes one frozen object, and a wrong value one sentence."""

from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from app.settings import Settings, SettingsInvalid, read_settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [f"SPLITBOOK_{field.upper()}" for field in Settings.model_fields] + ["PORT"]:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_without_any_variable_the_program_stays_on_loopback_and_in_its_folder() -> None:
    settings = read_settings()

    assert (settings.home, settings.host, settings.port) == (Path(".splitbook"), "127.0.0.1", 8000)
    assert (settings.database_url, settings.listen_url, settings.secret) == (None, None, None)
    assert settings.log_level == "INFO"


def test_a_page_names_every_variable() -> None:
    page = (Path(__file__).parents[2] / "docs" / "running.md").read_text("utf-8")

    names = {name if name == "port" else f"SPLITBOOK_{name}" for name in Settings.model_fields}
    assert {name.upper() for name in names if f"`{name.upper()}`" not in page} == set()


def test_every_variable_is_read(bare_environment: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SPLITBOOK_HOME": "/srv/a b",
        "SPLITBOOK_DATABASE_URL": "postgresql://db",
        "SPLITBOOK_LISTEN_URL": "postgresql://direct",
        "SPLITBOOK_SECRET": "s3cret",
        "SPLITBOOK_STATEMENT_CACHE_SIZE": "0",
        "SPLITBOOK_LANE_BATCH_LIMIT": "50",
        "SPLITBOOK_LANE_CAPACITY": "60",
        "SPLITBOOK_KEY_SOCKET_LIMIT": "7",
        "SPLITBOOK_KEY_SUBSCRIPTION_LIMIT": "8",
        "SPLITBOOK_LOG_LEVEL": "debug",
        "PORT": "9000",
    }.items():
        bare_environment.setenv(name, value)

    settings = read_settings()

    assert settings.home == Path("/srv/a b")
    assert (settings.database_url, settings.listen_url) == ("postgresql://db", "postgresql://direct")
    assert settings.secret is not None
    assert settings.secret.get_secret_value() == "s3cret"
    assert (settings.statement_cache_size, settings.lane_batch_limit, settings.lane_capacity) == (0, 50, 60)
    assert (settings.key_socket_limit, settings.key_subscription_limit) == (7, 8)
    assert (settings.log_level, settings.port) == ("DEBUG", 9000)


def test_an_empty_variable_counts_as_unset(bare_environment: pytest.MonkeyPatch) -> None:
    bare_environment.setenv("SPLITBOOK_DATABASE_URL", "")

    assert read_settings().database_url is None


def test_the_machine_name_in_host_does_not_open_the_gateway(bare_environment: pytest.MonkeyPatch) -> None:
    bare_environment.setenv("HOST", "machine.example")

    assert read_settings().host == "127.0.0.1"


def test_the_secret_is_not_shown_by_accident() -> None:
    assert "s3cret" not in repr(Settings(secret=SecretStr("s3cret")))


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        read_settings().port = 1


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "http", "PORT=http: it must be a whole number."),
        ("PORT", "80.5", "PORT=80.5: it must be a whole number."),
        ("PORT", "65536", "PORT=65536: it must be 65535 or less."),
        ("SPLITBOOK_LANE_CAPACITY", "0", "SPLITBOOK_LANE_CAPACITY=0: it must be 1 or more."),
        ("SPLITBOOK_WORKER", "maybe", "SPLITBOOK_WORKER=maybe: it must be true or false."),
        (
            "SPLITBOOK_WORKER_PAUSE_SECONDS",
            "soon",
            "SPLITBOOK_WORKER_PAUSE_SECONDS=soon: it must be a number.",
        ),
        (
            "SPLITBOOK_EVENT_HEARTBEAT_SECONDS",
            "0",
            "SPLITBOOK_EVENT_HEARTBEAT_SECONDS=0: it must be more than 0.",
        ),
        (
            "SPLITBOOK_LOG_LEVEL",
            "loud",
            "SPLITBOOK_LOG_LEVEL=LOUD: it must be DEBUG or INFO or WARNING or ERROR.",
        ),
    ],
)
def test_a_wrong_value_is_named_in_one_sentence(
    bare_environment: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    bare_environment.setenv(name, value)

    with pytest.raises(SettingsInvalid) as refusal:
        read_settings()

    assert str(refusal.value) == sentence


# What may stand in a variable and is no number, none that fits, or no word.
HOSTILE = (
    "many",
    "1.5",
    "-1",
    "0",
    "1e400",
    "nan",
    "inf",
    "-inf",
    "9" * 30,
    "9" * 5_000,
    "\u0663",
    " ",
    "\udce4",
    "{given}",
)


@pytest.mark.parametrize("field", [*Settings.model_fields])
def test_whatever_stands_in_a_variable_is_taken_or_refused(bare_environment: pytest.MonkeyPatch, field: str) -> None:
    name = "PORT" if field == "port" else f"SPLITBOOK_{field.upper()}"
    for value in HOSTILE:
        bare_environment.setenv(name, value)
        with suppress(SettingsInvalid):
            read_settings()
