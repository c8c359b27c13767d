"""The environment, read once at the start of a command. Nothing else in the program looks at it."""

import os
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from ledger.errors import ExpectedError, Remark, Words

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LANGUAGE = "SPLITBOOK_LANGUAGE"
LogLevel = Annotated[Level, BeforeValidator(lambda word: str(word).upper())]


class Why(Words):
    """What a variable would have to be."""

    WHOLE = "it must be a whole number"
    NUMERIC = "it must be a number"
    TRUE_OR_FALSE = "it must be true or false"
    AT_LEAST = "it must be {bound} or more"
    MORE_THAN = "it must be more than {bound}"
    AT_MOST = "it must be {bound} or less"
    ONE_OF = "it must be {choices}"


class SettingsInvalid(ExpectedError):
    """An environment variable has a value that the program cannot use."""

    code = "SETTINGS_INVALID"
    sentence = "{variable}={given}: {reason}."


# By the name that the library of settings has for a bound that was passed.
_BOUNDS = {"ge": Why.AT_LEAST, "gt": Why.MORE_THAN, "le": Why.AT_MOST}
_KINDS: dict[object, Words | Remark] = {
    int: Why.WHOLE,
    float: Why.NUMERIC,
    bool: Why.TRUE_OR_FALSE,
    Level: Remark(Why.ONE_OF, choices=get_args(Level)),
}


class Settings(BaseSettings):
    """
    Each field is read from SPLITBOOK_ and its name in capitals, except `port`, which is PORT. Empty counts as unset.

    home                  where the embedded database, its log and our own small secrets live
    database_url          another PostgreSQL, 16 or newer, instead of the embedded one
    listen_url            how LISTEN reaches the database directly when database_url leads to a pooler
    secret                keys are hashed with it; None: a file in the home holds one
    pooled                database_url leads to a transaction-pooling proxy: no prepared statement outlives its
                          transaction, and each transaction takes its role and settings for itself
    statement_cache_size  prepared statements kept per connection
    host, port            where the gateway listens; port 0 takes any free one
    lane_batch_limit      single calls that may share one transaction
    lane_capacity         single calls that may wait in one lane before the next is refused
    worker                a gateway does what is due by itself, too, as `splitbook worker` does
    worker_pause_seconds  between two looks of such a worker
    event_heartbeat_seconds  silence on an event stream after which it says that it is alive
    event_queue_limit     events that a slow subscriber may leave unread before it is told to come again
    key_socket_limit      sockets that one key may hold in one gateway
    key_subscription_limit  subscriptions that one key may hold there, over all of its sockets
    channel_folder        where payment files for banks are put and theirs are found; None: a folder in the home
    sandbox_url, sandbox_key  where the sandbox listens, and what it wants to hear; without a URL there is none
    log_level             the least serious kind of line that is logged
    """

    model_config = SettingsConfigDict(
        env_prefix="SPLITBOOK_", frozen=True, env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    home: Path = Path(".splitbook")
    database_url: str | None = None
    listen_url: str | None = None
    secret: SecretStr | None = None
    pooled: bool = False
    statement_cache_size: int = Field(default=200, ge=0)
    # Not HOST: some shells export that as the machine's name, and then nobody would have asked to leave loopback.
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535, validation_alias="PORT")
    lane_batch_limit: int = Field(default=1_000, ge=1, le=10_000)
    lane_capacity: int = Field(default=10_000, ge=1)
    worker: bool = False
    worker_pause_seconds: float = Field(default=5.0, ge=0.05, le=3_600)
    event_heartbeat_seconds: float = Field(default=15.0, gt=0, le=300)
    event_queue_limit: int = Field(default=10_000, ge=1)
    key_socket_limit: int = Field(default=200, ge=1)
    key_subscription_limit: int = Field(default=1_000, ge=1)
    channel_folder: Path | None = None
    sandbox_url: str | None = None
    sandbox_key: SecretStr = SecretStr("sandbox")
    log_level: LogLevel = "INFO"


def read_language() -> str:
    """
    The name of the language that people here read, such as "zh_CN.UTF-8", as the environment has it now; "" where it
    says nothing. SPLITBOOK_LANGUAGE, else what POSIX asks in this order for the language of messages.
    """
    named = (os.environ.get(name) for name in (LANGUAGE, "LC_ALL", "LC_MESSAGES", "LANG"))
    return next((name for name in named if name), "")


def read_own_language() -> str:
    """The name of the language that this program was told of and no other, or ""."""
    return os.environ.get(LANGUAGE, "")


def read_settings() -> Settings:
    """
    The settings as the environment has them now.

    Errors: SettingsInvalid, naming the first variable that is wrong.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        variable = field if field == "PORT" else f"SPLITBOOK_{field.upper()}"
        rule = find_rule(first, Settings.model_fields[field.lower()].annotation)
        raise SettingsInvalid(variable=variable, given=first["input"], reason=rule) from None


def find_rule(found: ErrorDetails, kind: object) -> Words | Remark:
    """What a value of a kind would have to be that the library of settings and of command lines found wrong."""
    for key, bound in found.get("ctx", {}).items():
        if key in _BOUNDS:
            return Remark(_BOUNDS[key], bound=f"{bound:.15g}")
    return _KINDS[kind]
