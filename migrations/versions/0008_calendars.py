"""Calendars: versioned holidays; settlement terms of roles and parties."""

from migrations.plain_sql import run_sql_beside

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_sql_beside(__file__)
