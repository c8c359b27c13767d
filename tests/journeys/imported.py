"""The journey of a marketplace's files, the same for made-up and for real ones."""

from tests.app.cli.commands import Commands
from tests.journeys import marketplaces
from tests.journeys.gateways import run_gateway
from tests.journeys.marketplaces import Files


def check_book(commands: Commands, files: Files, *options: str) -> str:
    """Compare the book with the oracle's to the cent, order by order, and verify it; the exported balances."""
    expected = files.work_out()
    assert expected.refusals == []

    balances = commands.run("export", "balances", *options).stdout
    entries = commands.run("export", "entries", *options).stdout

    assert marketplaces.read_balances(balances) == expected.accounts
    assert marketplaces.read_orders(entries) == marketplaces.expect_orders(expected)
    assert commands.ask("verify", *options)["agrees"]
    return balances


def import_twice(commands: Commands, files: Files) -> None:
    first = marketplaces.import_once(commands, files)
    balances = check_book(commands, files)
    entries = commands.run("export", "entries").stdout
    second = marketplaces.import_once(commands, files)

    sizes = [len(marketplaces.read_lines(path)) if kind != "fee-plan" else 1 for kind, path in files.steps]
    assert [counts["recorded"] for counts in first] == sizes
    assert [counts["replayed"] for counts in second] == sizes
    assert commands.run("export", "balances").stdout == balances
    assert commands.run("export", "entries").stdout == entries
    assert commands.ask("verify")["agrees"]


def import_four_at_once(commands: Commands, files: Files) -> None:
    marketplaces.import_in_four_processes(commands, files)

    check_book(commands, files)


def import_over_the_api(commands: Commands, files: Files) -> None:
    # A key needs a platform, and the operator makes it; everything else comes over the API, the operator again too.
    operator = files.parties.read_bytes().splitlines(keepends=True)[0]
    first = commands.home.with_name("operator.jsonl")
    first.write_bytes(operator)
    assert commands.run("import", "parties", first).exit_code == 0
    key = commands.run("key", "create", "--role", "operator", "--name", "importer").stdout.strip()

    with run_gateway(commands) as url:
        remote = ("--url", url, "--key", key)
        for _ in range(2):
            marketplaces.import_once(commands, files, *remote)
        balances = commands.run("export", "balances", *remote).stdout
        entries = commands.run("export", "entries", *remote).stdout

    assert balances == check_book(commands, files)
    assert entries == commands.run("export", "entries").stdout
    assert marketplaces.read_orders(entries) == marketplaces.expect_orders(files.work_out())
