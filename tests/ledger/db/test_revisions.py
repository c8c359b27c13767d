"""The revision that is needed is the one to which all steps lead."""

from alembic.script import ScriptDirectory

from ledger.db.revisions import MIGRATIONS, needed_revision


def test_the_needed_revision_is_the_last_of_all_steps():
    assert needed_revision() == ScriptDirectory(str(MIGRATIONS)).get_current_head()
