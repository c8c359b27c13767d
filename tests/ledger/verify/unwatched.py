"""
The columns that verify does not watch, each with the reason. What is not here is watched: the sweep tries it.

A reason says what somebody could do with a change, or why there is nothing to compare with.
"""

_MARK = "tells a call that comes again from another one; nothing is posted or paid by it"
_WORDS = "a description for people, covered by no law"
_WHEN = "when it was kept; no money, status or right depends on it"
_KEYS = (
    "a key is what the program's secret was made over it: a row that says anything else, or a new one, opens nothing"
)
_WORK = "work and configuration of the program; what it does with them is posted and watched"
_IDENTITY = "what the bank calls its answer; an answer that came again is judged by where its payout stands"
_HANDED_OVER = "how it was handed over; what became of its payouts is watched"
_STANDARD = "of a standard item that no fee line names: the program knows it by heart, and keeps it when one does"

UNWATCHED: dict[str, dict[str, str]] = {
    "account": {"opened_at": _WHEN},
    "adjustment": {
        "approval_id": "of one that was posted at once; one that names an approval is compared with it",
        "rejection": _WORDS,
        "decided_by": "who decided is in the decisions of its approval, which are watched",
        "fingerprint": _MARK,
    },
    "api_key": {
        **dict.fromkeys(("platform_id", "secret_hash", "role", "actor", "party_id", "expires_at", "key_id"), _KEYS),
        "created_at": _WHEN,
    },
    "approval": dict.fromkeys(
        ("step_opened_at", "due_at", "escalated_at"), "when somebody is reminded; who has to agree is watched"
    ),
    "approval_decision": {"seat": "which of several free places was taken; who agreed to which step is watched"},
    "approval_flow": {"defined_at": _WHEN},
    "bank_answer": {
        "platform_id": "of one that was applied: its payout stands where the log says, by it or by a channel's reply",
        "recorded_at": _WHEN,
        "applied_at": _WHEN,
        "tries": _WORK,
        "source": _IDENTITY,
        "reference": _IDENTITY,
        "refusal": _WORDS,
        "refusal_text": _WORDS,
        "refusal_facts": _WORDS,
        "actor": "who told of it; the event of the payout has its actor",
    },
    "book_reopening": {"transaction_id": "served the transaction that opened the period, and nothing after it"},
    "charging_source": dict.fromkeys(
        ("next_pull_at", "pulled_at", "failures", "last_error", "last_code", "last_facts"), _WORK
    ),
    "deposit_agreement": {"fingerprint": _MARK},
    "deposit_slice": {"start_date": "when the time began whose end, which is watched, releases it"},
    "fee_item": {"platform_id": _STANDARD},
    "fee_line": {
        **dict.fromkeys(
            ("account_code", "rate", "exact", "tax_minor"),
            "of a line that is for comparison alone; one that moved something is watched",
        ),
        "base_minor": "of a line without a rate nothing is worked out from it",
        "spu": _WORDS,
        "sku": _WORDS,
        "sku_kind": _WORDS,
        "fingerprint": _MARK,
    },
    "hold": {"line_reference": "says which line of the order, which is watched, is meant", "fingerprint": _MARK},
    "job": dict.fromkeys(
        (
            "platform_id",
            "job_id",
            "lease",
            "due_at",
            "planned_at",
            "run_after",
            "lease_until",
            "ended_at",
            "attempts",
            "kind",
            "key",
            "status",
            "leased_by",
            "error",
            "counts",
        ),
        _WORK,
    ),
    "log_follower": dict.fromkeys(
        ("platform_id", "sequence", "name"),
        "how far a worker has read, never ahead of the log; set forward it passes by what it did not read, set back it"
        " does nothing twice",
    ),
    "order_event": {"fingerprint": f"of a payment it is sealed; of another event it {_MARK}"},
    "order_refund": {"reason": _WORDS},
    "party": {"registered_at": _WHEN},
    "paying_account": {
        "holder": "the log has the number masked; the bank refuses what is not its own account",
        "scheme": "the log has the number masked; the bank refuses what is not its own account",
        "identifier": "the log has the number masked; the bank refuses what is not its own account",
        "bank_code": "the log has the number masked; the bank refuses what is not its own account",
        "calendar": "on which days payouts are sent; when each was is watched",
        "registered_at": _WHEN,
    },
    "payout": {
        "submission_id": "in which message of its paying account it was sent",
        "approval_id": "of a payout that needed nobody; one that names an approval is compared with it",
        "approval": "of a payout that was sent, or that waits: a granted one is compared with its approval",
        "tax_month": "of a payout that was not sent: it is judged again when it is",
        "tax_rule": "of a payout of which nothing was withheld",
        "takes_from": "of a payout that was not sent; what sheets leave to be paid finds one that will be",
        "digest": "of a payout that nobody had to agree to",
    },
    "payout_submission": dict.fromkeys(("channel", "execution_date", "claimed_at", "answered_at"), _HANDED_OVER),
    "platform": {"created_at": _WHEN},
    "receipt": {
        "bank_account": "from whom and to which account is nobody else's business, so the log does not say it",
        "payer": "from whom and to which account is nobody else's business, so the log does not say it",
        "fingerprint": _MARK,
        "deadline": "until when somebody looks into it",
        "reason": _WORDS,
        "owner": "who looks into a receipt that was never assigned",
    },
    "receipt_match": {"clears_rest": "what was cleared besides is watched"},
    "sheet": {
        "through_sequence": "of a sheet that claimed nothing",
        "closing_sequence": "of a sheet that claimed nothing",
        "line_count": "of a sheet that is open",
        "carried_cycles": "how often a debt was carried on; what is owed is watched",
        "confirm_by": "of a sheet that waits for nobody",
        "digest": "what an approval of the sheet is of, and the approval is watched",
    },
    "sheet_account": {
        "open_from_sequence": "of the last sheet, set back: what was claimed is passed by; it is never ahead",
        "claimed_through": "how far claiming came, never ahead; what it claimed is watched",
        **dict.fromkeys(("platform_id", "sheet_id"), "of an account that the sheet claimed nothing of"),
    },
    "sheet_dispute": {"evidence": "a digest of a paper that is kept elsewhere"},
    "sheet_history": {
        **dict.fromkeys(
            ("platform_id", "sheet_id", "status", "at", "actor"),
            "a step that goes by at once and is not told; where the sheet stands is watched",
        ),
        **dict.fromkeys(("due_date_before", "due_date_after"), "of such a step, or of another one at the same instant"),
        "reason": _WORDS,
    },
    "sheet_line": {"original_period_start": "in which period the line would have been; it is on this sheet"},
    "sheet_opening": dict.fromkeys(("platform_id", "through_account_id"), _WORK),
    "source_refusal": {"facts": _WORDS, "tries": _WORK, "next_try_at": _WORK},
    "suspense_item": {"opened_at": _WHEN, "deadline": "until when somebody looks into it", "reason": _WORDS},
}

# A platform has one row of these, so that there is nothing to exchange.
ALONE = {
    "log_head": "a platform has one",
    "platform": "a platform has one",
    "sheet_opening": "a platform has one",
}

# What two rows may exchange, though either of them alone may not say anything else.
_NUMBER = "a number of its own, by which nothing else in the store, and no event, has named it yet"
SWAPPED: dict[str, str] = {
    "approval_decision.actor": "who took which of two places of one step; who agreed to which step is watched",
    "bank_answer.bank_answer_id": _NUMBER,
    "channel_record.channel_record_id": _NUMBER,
    "payee_account.payee_account_id": _NUMBER,
    "paying_account.paying_account_id": _NUMBER,
    **dict.fromkeys(
        ("payout_sheet.sheet_id", "payout_sheet.taken_minor"),
        "of a payout that gave all of it back to the same two sheets, whose own figures are watched",
    ),
    "payout_submission.submission_id": _HANDED_OVER,
    "receipt_match.match_id": _NUMBER,
    "receipt_return.return_id": _NUMBER,
    "receipt_tolerance.currency": "of two that allow the same amount from the same instant on",
    "receipt_tolerance.tolerance_id": _NUMBER,
    "sheet_history.step_id": _NUMBER,
    "sheet_movement.movement_id": _NUMBER,
    "suspense_item.item": _NUMBER,
}

# What may be blank where there is none.
BLANK: dict[str, str] = {}

# Of these a row may be gone.
LOST: dict[str, str] = {
    "api_key": "who had the key is not let in any more; he asks for another",
    "bank_answer": "of one that was applied its payout stands where the log says, and the same again is judged by that",
    "fee_item": _STANDARD,
    "job": _WORK,
    "log_follower": "it reads the log from its beginning, and does nothing twice",
    "sheet_account": "of an account that the sheet claimed nothing of and left nothing of",
    "sheet_history": "a step that goes by at once and is not told; where the sheet stands is watched",
    "sheet_opening": _WORK,
}

# Of these there may be another row like one that is there.
SURPLUS: dict[str, str] = {
    "account": "an account without a line says nothing; it is checked with its first one",
    "api_key": _KEYS,
    "bank_answer": "of one that was applied: it says again what its payout is",
    "job": _WORK,
    "log_follower": "a name that nobody follows under",
    "sheet_account": "of an account that the sheet claimed nothing of; the next one begins where it did",
    "sheet_history": "a step that is there says nothing new when it is there twice",
    "sheet_opening": _WORK,
}

# Nothing is asked of a platform that is not there.
WHOLE = {"platform": "the platform is what is verified"}
