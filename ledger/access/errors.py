"""Why a key is refused."""

from ledger.errors import LedgerError, Words


class Why(Words):
    """What is wrong with a key that is asked for."""

    KEY_EXPIRES_LATER = "A key expires in the future."
    KEY_NAME = "A name has 1 to 100 printable characters and no spaces around it."
    FOR_ONE_PARTY = "for one party; name it"
    FOR_THE_PLATFORM = "for the whole platform; name no party"


class KeyInvalid(LedgerError):
    """Malformed, unknown, revoked or with a wrong secret; which of them is not told, so that nobody can probe."""

    code = "KEY_INVALID"
    sentence = "The API key is not valid."


class KeyExpired(LedgerError):
    """The key is genuine and its time is over."""

    code = "KEY_EXPIRED"
    sentence = "The API key expired at {expired_at}."


class KeyMissing(LedgerError):
    """The platform has no key of that id."""

    code = "KEY_MISSING"
    sentence = "There is no API key {key_id}."


class KeyScopeMismatch(LedgerError):
    """A party's key needs a party; operators and auditors see the whole platform."""

    code = "KEY_SCOPE_MISMATCH"
    sentence = "A key of the role {role} is {rule}."


class ActorTaken(LedgerError):
    """Another live key acts under that name."""

    code = "ACTOR_TAKEN"
    sentence = "Another key acts as {actor}; choose another name, or revoke that key first."
