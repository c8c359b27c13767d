"""How a revision runs the plain `.sql` file beside it."""

from pathlib import Path

from alembic import op


def run_sql_beside(revision_file: str) -> None:
    """
    Run the `.sql` file of the same name in the migration's transaction.

    The file goes over the simple protocol in one piece: prepared statements take one command each, and the bodies of
    functions make splitting a script unsafe.
    """
    script = Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8")
    connection = op.get_bind()
    connection.exec_driver_sql("SELECT 1")  # the driver opens its transaction with the first statement
    driver_connection = connection.connection.dbapi_connection
    driver_connection.run_async(lambda raw: raw.execute(script))
