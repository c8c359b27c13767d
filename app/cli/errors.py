"""What only a command can go wrong with, and what it says besides."""

from ledger.errors import ExpectedError, Words


class Said(Words):
    """What commands say: what they did, what they wait for, and how one that did not come to its end ends."""

    INTERRUPTED = "Interrupted."
    THE_REST = "What was committed stays; the same command again completes the rest."
    BUG = "This is a bug in Splitbook; please report it with the lines above."
    A_FILE = "A file"
    # The store
    SCHEMA_STAYS = "The schema is at revision {revision}; there was nothing to do."
    SCHEMA_MADE = "The schema went from nothing to revision {revision}."
    SCHEMA_MIGRATED = "The schema went from revision {before} to revision {after}."
    ALL_AGREE = "Platform {platform} at sequence {sequence}: all {checks} checks agree."
    ONE_DISAGREES = "Platform {platform} at sequence {sequence}: {check}: {found}"
    # The gateway, the worker and the sandbox
    SERVES_ON = "Splitbook serves on {url} (GraphiQL in the browser, the API at {url}/graphql)."
    KEY_AND_QUERY = (
        "Operator key (also in {file}):\n\n  {key}\n\nA first query:\n\n  {query}\n\n"
        "or from a second terminal:\n\n  {call}\n"
    )
    KEY_ELSEWHERE = (
        "Platform {platform} has an operator key that is not kept here; "
        "`splitbook key create --role operator --platform {quoted}` makes another."
    )
    NOTHING_TO_SERVE = "The store has no platform yet: import parties with an OPERATOR line, or run `splitbook demo`."
    CTRL_C = "Ctrl-C stops everything, the database included."
    STOPPING = "Stopping; requests in flight are answered first."
    STOPPED = "Stopped."
    WORKING = "Working; Ctrl-C stops."
    SANDBOX_LISTENS = "The sandbox listens on http://{host}:{port}; Ctrl-C ends it."
    # The demo
    LOADING_DEMO = "The store is empty: loading the demo marketplace."
    LOADING_REST = "The demo marketplace is not all here: loading the rest."
    WAITING_FOR_DEMO = "Another command is loading the demo marketplace; waiting for it."
    SETTLING_YEAR = "Settling its year."
    YEAR_INTERRUPTED = "The demo's year was interrupted and stays as it is; a new SPLITBOOK_HOME gets all of it."
    YEAR_NOT_CLOSED = "The demo's sheets have not been closed; `splitbook worker --once` does what is due."
    NO_ORDER_YET = "The demo marketplace has no order yet; `splitbook demo` loads it."
    PLATFORM_LOADED = "Platform {platform}: {counts}."
    PARTIES_WRITTEN = "{file}: {count} {count:party|parties}"
    PLAN_WRITTEN = "{file}: a fee plan"
    EVENTS_WRITTEN = "{file}: {count} {count:event|events}"
    # Imports, calendars, accounts and keys
    IMPORTED = "{file}: {counts} ({seconds} s)."
    IMPORTED_AT_RATE = "{file}: {counts} ({seconds} s, {rate}/s)."
    CALENDAR_PUBLISHED = (
        "{calendar}, {first} to {last}, {off} {off:day|days} off, {worked} worked instead: is published."
    )
    CALENDAR_THERE = (
        "{calendar}, {first} to {last}, {off} {off:day|days} off, {worked} worked instead: was there already."
    )
    ACCOUNT_NUMBER = "Account number"
    ACCOUNT_REGISTERED = "{account}: is registered."
    ACCOUNT_THERE = "{account}: was there already."
    KEY_MADE = "Key {key} acts as {actor}."
    KEY_REVOKED = "Key {key} is revoked."
    # Closing and what is due
    JOBS_DONE = "{jobs} {jobs:job|jobs} ({done})."
    NOTHING_DUE = "nothing was due"
    JOBS_FAILED = "{jobs} {jobs:job|jobs} failed, to be tried again later. The log and the list of jobs say why."
    SHEETS_LEFT = (
        "Of {sheets} {sheets:sheet|sheets} the period is over and somebody else has them, so they are not closed yet."
        " Run it again."
    )
    SHEET_WOULD_CLOSE = "{whose}  {period}  {lines} {lines:line|lines}  {amount}  due {due}"
    SHEETS_WOULD_CLOSE = "{sheets} {sheets:sheet|sheets} would close; nothing was written."
    AT_LEAST_WOULD_CLOSE = "{sheets} {sheets:sheet|sheets} would close at least; nothing was written."
    # Payouts
    PAYOUT_CREATED = "payout {payout}: {party} {amount} {currency} from {legal_entity}"
    PAYOUT_PLANNED = "would pay: {party} {amount} {currency} from {legal_entity}"
    PAYOUT_WAITS = "waits: payout {payout} to {party} {amount} {currency} due {due}: {reason} [{code}]"
    SHEETS_WAIT = "waits: {party} {amount} {currency} due {due}: {reason} [{code}]"
    TAKEN_BACK = "taken back before a bank had it: payout {payout} to {party} {amount} {currency}: {reason} [{code}]"
    BANK_REFUSED = "refused by the bank: payout {payout} to {party} {amount} {currency}: {reason}"
    OUTCOME_LOST = "outcome unknown: payout {payout} to {party} {amount} {currency}: {reason}; a worker asks the bank"
    CHANNELS_AWAY = "Channels that were not there: {channels}; the next run hands over what waits."
    SHEETS_TO_CONFIRM = (
        "{sheets} closed {sheets:sheet waits|sheets wait} for {sheets:its party|their parties} to confirm"
        " {sheets:it|them}."
    )
    PAYOUTS_TO_RETRY = (
        "{payouts} {payouts:payout|payouts} failed or came back, and no run pays {payouts:it|them} again:"
        " `retryPayout` does, once somebody has seen to the reason."
    )
    RUN_DONE = "{created} created, {sent} sent, {waiting} waiting."
    RUN_PLANNED = "{created} would be created, {waiting} would wait."
    FILES_READ = (
        "Files and answers: {read} read, {refused} refused, {repeated} repeated, {applied} applied, {unmatched}"
        " unmatched, {channel_days} {channel_days:day|days} of channels, {differences}"
        " {differences:difference|differences}, {unreachable} unreachable."
    )


class FileUnusable(ExpectedError):
    """A file, a folder or a connection cannot be used; `place` is its path, where it has one."""

    code = "FILE_UNUSABLE"
    sentence = "{place} cannot be used: {reason}."


class PortUnusable(ExpectedError):
    """The system does not let us listen there."""

    code = "PORT_UNUSABLE"
    sentence = "Port {port} on {host} cannot be used: {reason}; stop what listens there or choose another, {other}."


class PortTaken(PortUnusable):
    """Somebody else listens there."""

    code = "PORT_TAKEN"
    sentence = "Port {port} on {host} is in use; stop what listens there or choose another, {other}."
