"""Why a source could not be pulled can be said in the language of whoever asks: its code and facts are kept."""

from migrations.plain_sql import run_sql_beside

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    run_sql_beside(__file__)
