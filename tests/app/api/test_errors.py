"""UserErrors through a real schema."""

import strawberry
import structlog

from app.api.errors import UserError, write_user_error
from ledger.errors import LedgerError
from ledger.money import AmountNotPositive


def refuse(failure: Exception, locale: str = "en", prefix: tuple[str | int, ...] = ()) -> dict[str, object]:
    @strawberry.type
    class Query:
        @strawberry.field
        def refusal(self) -> UserError:
            return write_user_error(failure, locale=locale, request_id="r-1", prefix=prefix)

    result = strawberry.Schema(Query).execute_sync("{ refusal { code message field retryable } }")
    assert result.errors is None
    assert result.data is not None
    return result.data["refusal"]


def test_a_refusal_tells_its_code_its_sentence_where_it_is_and_whether_to_try_again():
    failure = AmountNotPositive(field=("lines", "0", "minor_units"), bound="above zero", given="'-1'")

    assert refuse(failure, prefix=("entries", 3)) == {
        "code": "AMOUNT_NOT_POSITIVE",
        "message": str(failure),
        "field": ["entries", "3", "lines", "0", "minorUnits"],
        "retryable": False,
    }


def test_a_refusal_without_a_place_has_no_field():
    assert refuse(LedgerError())["field"] is None


def test_a_bug_is_masked_and_logged_once_under_the_request_id():
    with structlog.testing.capture_logs() as logs:
        shown = refuse(RuntimeError("password=hunter2"), locale="zh-CN")

    assert shown["code"] == "INTERNAL"
    assert "r-1" in str(shown["message"])
    assert "hunter2" not in str(shown)
    assert [(line["event"], line["request_id"]) for line in logs] == [("mutation.failed", "r-1")]
