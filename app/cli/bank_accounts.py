"""splitbook payout account: where a party is paid, or a legal entity pays from. No number is an argument or printed."""

import sys
from datetime import time
from pathlib import Path
from typing import Annotated, Any

import typer

from app.api.messages import Locale, say
from app.cli.errors import Said
from app.cli.exits import Exit
from app.cli.language import choose_language, tell
from app.cli.options import JsonOption, KeyOption, PlatformOption, UrlOption
from app.cli.output import print_json, print_line
from app.cli.remote import run_on_server
from app.cli.running import command_actor, reporting_errors, run_on_store
from app.cli.usage import CommandLineWrong, Usage
from app.client import Client
from app.clock import read_utc
from app.platforms import choose_platform
from app.store import Store
from ledger import fields, money
from ledger.errors import Remark
from ledger.journal.model import Refused
from ledger.settlement.payouts.accounts import register_payee_accounts, register_paying_account
from ledger.settlement.payouts.model import PayeeAccountDraft, PayingAccountDraft
from ledger.settlement.payouts.numbers import read_number

Row = dict[str, Any]
Draft = PayeeAccountDraft | PayingAccountDraft

_REGISTER = """mutation ($input: RegisterBankAccountsInput!) { registerBankAccounts(input: $input) {
    results { owner { reference } reference masked replayed userErrors { code message } }
    userErrors { code message } } }"""
# What is longer is no number.
_LONGEST = 200


def register_account(
    owner: Annotated[str, typer.Argument(metavar="OWNER", help="The party, or the legal entity that pays from it.")],
    reference: Annotated[str, typer.Argument(metavar="NAME", help="A name for the account, unique for its owner.")],
    *,
    currency: Annotated[str, typer.Option("--currency", metavar="CODE", help="The account's currency.")],
    holder: Annotated[str, typer.Option("--holder", metavar="NAME", help="Whose account it is at the bank.")],
    number_file: Annotated[
        Path | None,
        typer.Option("--number-file", metavar="FILE", help="Where its number is; else it is asked for, or read."),
    ] = None,
    other: Annotated[bool, typer.Option("--other", help="The number is no IBAN.")] = False,
    bank_code: Annotated[str, typer.Option("--bank-code", metavar="BIC", help="The bank's BIC.")] = "",
    rule: Annotated[
        str, typer.Option("--withholding-rule", metavar="RULE", help="The tax plug-in that its payouts are under.")
    ] = "",
    channel: Annotated[
        str | None, typer.Option("--channel", metavar="NAME", help="A legal entity pays from it by this channel.")
    ] = None,
    calendar: Annotated[str, typer.Option("--calendar", metavar="NAME", help="The bank's working days.")] = "MON-FRI",
    cut_off: Annotated[
        str, typer.Option("--cut-off", metavar="TIME", help="Until when a day's payments go, in the entity's zone.")
    ] = "23:59:59",
    step: Annotated[
        str, typer.Option("--step", metavar="AMOUNT", help="The smallest unit that the channel moves.")
    ] = "",
    fee: Annotated[str, typer.Option("--fee", metavar="AMOUNT", help="What the party bears of a transfer.")] = "",
    platform: PlatformOption = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    Register where a party is paid, or, with --channel, where a legal entity pays from.

    The account's number is never an argument, which others could read: it is asked for without an echo, or read from
    standard input or --number-file. It is shown with most of it covered. A new account takes the place of the one
    before it; the same again changes nothing. Payouts that wait to leave an account that was replaced are cancelled,
    and the next run pays them from the new one.
    """
    if not channel and (step or fee):
        raise CommandLineWrong(Remark(Usage.PAID_FROM_ALONE))
    number = _read_secret(number_file)
    way = {"channel": channel, "calendar": calendar, "cutOff": cut_off, "step": step, "fee": fee} if channel else None
    said: Row = {
        "owner": owner,
        "reference": reference,
        "currency": currency,
        "holder": holder,
        ("accountNumber" if other else "iban"): number,
        "bankCode": bank_code,
        "withholdingRule": rule,
    }
    with reporting_errors():
        draft = _to_draft(said, way)
    if url is None:
        locale = choose_language(as_json=as_json)
        told = run_on_store(lambda store: _register(store, platform, draft, locale), posting=True)
    else:
        document = _to_document(said, way)
        told = run_on_server(lambda client: _send(client, document), url, key, platform, as_json=as_json)
    _tell(told, as_json=as_json)


def _read_secret(path: Path | None) -> str:
    """The number: the first line of a file, of standard input, or of what is typed unseen."""
    if path is None and sys.stdin.isatty():
        text: str = typer.prompt(tell(Said.ACCOUNT_NUMBER), hide_input=True, err=True)
    else:
        with reporting_errors():
            text = path.read_text(encoding="utf-8")[:_LONGEST] if path else sys.stdin.readline(_LONGEST)
    lines = text.strip().splitlines()
    if not lines:
        raise CommandLineWrong(Remark(Usage.NO_ACCOUNT_NUMBER))
    return lines[0].strip()


def _to_draft(said: Row, way: Row | None) -> Draft:
    """What is registered. Refusals: InvalidInput, CurrencyUnknown, BankNumberInvalid, those of an amount."""
    currency: str = said["currency"]
    money.exponent(currency, field=("currency",))
    number = read_number(
        reference=fields.read_text(said["reference"], field=("reference",)),
        holder=fields.read_text(said["holder"], field=("holder",)),
        iban=said.get("iban", ""),
        number=said.get("accountNumber", ""),
        bank_code=said["bankCode"],
    )
    if way is None:
        return PayeeAccountDraft(said["owner"], said["reference"], currency, number, said["withholdingRule"])
    return PayingAccountDraft(
        legal_entity=said["owner"],
        reference=said["reference"],
        currency=currency,
        number=number,
        channel=fields.read_text(way["channel"], field=("channel",)),
        calendar=fields.read_text(way["calendar"], field=("calendar",)),
        cut_off=_read_time(way["cutOff"]),
        step_minor=_read_amount(way["step"], currency, "step"),
        fee_minor=_read_amount(way["fee"], currency, "fee"),
    )


def _read_amount(text: str, currency: str, name: str) -> int:
    return money.parse_amount(text, currency=currency, field=(name,), allow_zero=True) if text else 0


def _read_time(text: str) -> time:
    try:
        found = time.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise CommandLineWrong(Remark(Usage.CUT_OFF_FORM), option="--cut-off")
    return found


def _to_document(said: Row, way: Row | None) -> Row:
    """The same as the API is given it."""
    if way is None:
        return said
    amounts = {name: {"amount": way[name], "currency": said["currency"]} for name in ("step", "fee") if way[name]}
    paying = {"channel": way["channel"], "calendar": way["calendar"], "cutOff": way["cutOff"], **amounts}
    return {**said, "paying": paying}


async def _send(client: Client, document: Row) -> Row:
    answer = (await client.run(_REGISTER, {"input": {"accounts": [document]}}))["registerBankAccounts"]
    result: Row = answer["results"][0] if answer["results"] else {}
    errors: list[Row] = [*answer["userErrors"], *result.get("userErrors", ())]
    if errors:
        return errors[0]
    shown = {name: result[name] for name in ("reference", "masked", "replayed")}
    return {"owner": result["owner"]["reference"], **shown}


async def _register(store: Store, platform: str | None, draft: Draft, locale: Locale) -> Row:
    chosen = await choose_platform(store.database, platform)
    now, actor = read_utc(), command_actor()
    async with store.database.write(chosen.platform_id) as conn:
        if isinstance(draft, PayingAccountDraft):
            outcome = await register_paying_account(conn, draft=draft, actor=actor, now=now)
        else:
            (registered,) = await register_payee_accounts(conn, drafts=[draft], actor=actor, now=now)
            if isinstance(registered, Refused):
                return {"code": registered.error.code, "message": say(registered.error, locale=locale)}
            outcome = registered
    return {
        "owner": outcome.owner,
        "reference": outcome.reference,
        "masked": outcome.masked,
        "replayed": outcome.replayed,
    }


def _tell(told: Row, *, as_json: bool) -> None:
    if as_json:
        print_json(told)
    elif "code" in told:
        typer.echo(f"{told['message']} [{told['code']}]", err=True)
    else:
        known = Said.ACCOUNT_THERE if told["replayed"] else Said.ACCOUNT_REGISTERED
        account = f"{told['owner']} {told['reference']} {told['masked']}"
        print_line(tell(Remark(known, account=account)))
    if "code" in told:
        raise typer.Exit(Exit.REFUSED)
