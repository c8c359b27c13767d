"""/graphql over HTTP: what is taken, what is refused, and how it is said."""

import asyncio
import gzip
from types import SimpleNamespace

import pytest
import structlog
from graphql import build_client_schema, get_introspection_query

from app.http.gateway import HttpLimits
from app.operations.limits import Limits
from ledger.access.model import Role
from tests.app.world import World, make_world

GRAPHQL = "application/graphql-response+json"
URL = "/graphql"


@pytest.fixture
def world() -> World:
    return make_world()


async def ask(world: World, query: str, *, key: str | None = "", **parameters: object):
    async with world.client(key=key, Accept=GRAPHQL) as client:
        return await client.post(URL, json={"query": query, **parameters})


def codes(response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


async def test_a_query_is_answered_in_the_media_type_that_was_asked_for(world):
    for accept, answered in (
        (GRAPHQL, GRAPHQL),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        (f"application/json;q=0.5, {GRAPHQL};q=0.9, text/event-stream", GRAPHQL),
        (f"{GRAPHQL}, application/graphql+json, application/json, text/event-stream, multipart/mixed", GRAPHQL),
    ):
        async with world.client(Accept=accept) as client:
            response = await client.post(URL, json={"query": "{ number }"})

        assert (response.status_code, response.headers["content-type"]) == (200, f"{answered}; charset=utf-8")
        assert response.json() == {"data": {"number": "1"}}


async def test_a_client_that_accepts_nothing_of_ours_hears_so(world):
    async with world.client(Accept="text/html") as client:
        response = await client.post(URL, json={"query": "{ number }"})

    assert (response.status_code, response.json()["errors"][0]["extensions"]["reason"]) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int!) { toy(number: $n) { name } }", {"n": "one"}, "BAD_USER_INPUT"),
        ("query($n: Int!) { toy(number: $n) { name } }", {}, "BAD_USER_INPUT"),
        ("query a { number } query b { number }", {}, "OPERATION_RESOLUTION_FAILURE"),
        ("{ " + "a: number " * 31 + "}", {}, "GRAPHQL_VALIDATION_FAILED"),
        (
            "{ toys(first: 100) { nodes { toys(first: 100) { nodes { toys(first: 9) { nodes { name } } } } } } }",
            {},
            "COST_LIMIT",
        ),
        ("subscription { count }", {}, "BAD_REQUEST"),
    ],
)
async def test_an_operation_that_cannot_run_is_400_without_data_to_new_clients_and_200_to_old_ones(
    world, query, variables, code
):
    new = await ask(world, query, variables=variables)
    async with world.client(Accept="application/json") as client:
        old = await client.post(URL, json={"query": query, "variables": variables})

    assert (new.status_code, old.status_code) == (400, 200)
    for response in (new, old):
        assert codes(response) == [code]
        assert "data" not in response.json()
        assert response.json()["errors"][0]["extensions"]["requestId"] == response.headers["x-request-id"]


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b'[{"query": "{ number }"}]', {}, 400),
        (b"null", {}, 400),
        (b'"{ number }"', {}, 400),
        (b'{"query": 1}', {}, 400),
        (b'{"query": ""}', {}, 400),
        (b"{}", {}, 400),
        (b'{"query": "{ number }", "query": "{ number }"}', {}, 400),
        (b'{"query": "{ number }", "variables": []}', {}, 400),
        (b'{"query": "{ number }", "variables": "{}"}', {}, 400),
        (b'{"query": "{ number }", "extensions": 1}', {}, 400),
        (b'{"query": "{ number }", "operationName": 1}', {}, 400),
        (b'{"query": "{ number }", "variables": {"a": NaN}}', {}, 400),
        (b'{"query": "{ number }", "variables": {"a": ' + b"9" * 5_000 + b"}}", {}, 400),
        (b'{"query": "{ number }", "variables": ' + b'{"a":' * 3_000 + b"1" + b"}" * 3_000 + b"}", {}, 400),
        (b'{"query": "\xff"}', {}, 400),
        ('{"query": "{ number }"}'.encode("utf-16"), {}, 400),
        (gzip.compress(b'{"query": "{ number }"}', mtime=0), {"Content-Encoding": "gzip"}, 415),
        (b'{"query": "{ number }"}', {"Content-Type": "text/plain"}, 415),
        (b'{"query": "{ number }"}', {"Content-Type": "application/json; charset=utf-16"}, 415),
        (b'{"query": "{ number }"}', {"Content-Type": "application/jsonx"}, 415),
        (b'{"query": "{ number }"}', {"Content-Type": ""}, 415),
        (b"query=%7B+number+%7D", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b"--x--", {"Content-Type": "multipart/form-data; boundary=x"}, 415),
    ],
    ids=range(25),
)
async def test_a_malformed_request_is_the_clients_error_in_both_media_types(world, content, headers, status):
    for accept in (GRAPHQL, "application/json"):
        async with world.client(Accept=accept) as client:
            response = await client.post(URL, content=content, headers=headers)

        assert response.status_code == status
        assert codes(response) == ["BAD_REQUEST"]
        assert "data" not in response.json()


@pytest.mark.parametrize("content_type", ["application/json", 'Application/JSON; charset="UTF-8"', "application/json;"])
async def test_plain_json_in_utf_8_is_taken_however_it_is_spelled(world, content_type):
    async with world.client() as client:
        response = await client.post(
            URL, content='{"query": "{ echo(text: \\"商\\") }"}'.encode(), headers={"Content-Type": content_type}
        )

    assert response.json() == {"data": {"echo": "商"}}


async def test_a_body_above_the_bound_is_refused_with_and_without_its_length():
    world = make_world(http=HttpLimits(body_bytes=1_000))

    async def pieces():
        for _ in range(20):
            yield b" " * 100

    async with world.client() as client:
        declared = await client.post(URL, content=b" " * 1_001)
        streamed = await client.post(URL, content=pieces())

    assert (declared.status_code, streamed.status_code) == (413, 413)
    assert declared.json()["errors"][0]["extensions"]["reason"] == "BODY_TOO_LARGE"


async def test_a_body_that_does_not_come_is_not_waited_for_without_end():
    world = make_world(http=HttpLimits(body_seconds=0.05))

    async def never():
        await asyncio.sleep(60)
        yield b""

    async with world.client() as client:
        response = await client.post(URL, content=never())

    assert (response.status_code, response.json()["errors"][0]["extensions"]["reason"]) == (408, "BODY_TOO_SLOW")


async def test_nobody_is_anonymous_and_why_a_key_is_not_taken_is_not_told(world):
    revoked = world.store.add_key(2)
    world.store.revoke(revoked)
    said = []
    for key in (None, "nonsense", world.key[:-1] + "f", revoked, world.key.replace("sb_1_", "sb_2_"), "x" * 10_000):
        async with world.client(key=key) as client:
            response = await client.post(URL, json={"query": "{ __schema { queryType { name } } }"})
        assert (response.status_code, codes(response)) == (401, ["UNAUTHENTICATED"])
        assert response.headers["www-authenticate"] == "Bearer"
        said.append(response.json()["errors"][0]["message"])

    assert len(set(said)) == 1


async def test_a_key_in_the_address_is_no_key(world):
    async with world.client(key=None) as client:
        response = await client.post(f"{URL}?key={world.key}&access_token={world.key}", json={"query": "{ number }"})

    assert response.status_code == 401


async def test_an_expired_key_hears_that_it_expired(world):
    key = world.store.add_key(2)
    world.store.expire(key)

    response = await ask(world, "{ number }", key=key)

    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["reason"] == "CREDENTIAL_EXPIRED"


async def test_a_key_is_remembered_for_a_while_and_one_look_up_serves_many_at_once(monkeypatch):
    world = make_world(ttl_seconds=1.5)
    clock = SimpleNamespace(monotonic=lambda: instant)
    monkeypatch.setattr("app.auth.time", clock)
    instant = 1_000.0

    await asyncio.gather(*(ask(world, "{ viewer { actor } }") for _ in range(20)))
    assert world.store.asked == 1
    world.store.revoke(world.key)
    instant += 1.4
    assert (await ask(world, "{ number }")).status_code == 200

    instant += 0.1
    assert (await ask(world, "{ number }")).status_code == 401


async def test_a_store_that_is_away_is_503_and_to_be_tried_again(world):
    world.store.away = True

    response = await ask(world, "{ number }")

    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert response.json()["errors"][0]["extensions"]["retryable"] is True
    assert codes(response) == ["SERVICE_UNAVAILABLE"]


async def test_a_query_may_come_by_get(world):
    async with world.client() as client:
        response = await client.get(
            URL,
            params={
                "query": "query q($n: Int!) { toy(number: $n) { name } }",
                "variables": '{"n": 5}',
                "operationName": "q",
            },
        )

    assert response.json()["data"] == {"toy": {"name": "toy 5"}}


async def test_nothing_is_changed_by_get(world):
    for accept in (GRAPHQL, "application/json"):
        async with world.client(Accept=accept) as client:
            response = await client.get(URL, params={"query": 'mutation { buy(name: "x") { replayed } }'})

        assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    "address",
    [
        "?query={number}&query={number}",
        "?query={number}&variables=[]",
        "?query={number}&variables={",
        "?query={number}&variables=%22%22",
        "?variables={}",
        "",
    ],
)
async def test_a_malformed_address_is_the_clients_error(world, address):
    async with world.client() as client:
        response = await client.get(URL + address)

    assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])


@pytest.mark.parametrize("name", ["variables", "extensions"])
async def test_a_parameter_that_is_no_json_is_refused_by_its_name(world, name):
    async with world.client() as client:
        english = await client.get(URL, params={"query": "{ number }", name: "x"})
        chinese = await client.get(URL, params={"query": "{ number }", name: "x"}, headers={"Accept-Language": "zh"})

    said = [response.json()["errors"][0]["message"] for response in (english, chinese)]
    assert said == [
        f"The parameter {name} is not valid JSON: Expecting value at character 0.",
        f"请求有误：参数 {name} 不是有效的 JSON：偏移 0 处缺少值。",
    ]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_not_allowed(world, method):
    async with world.client() as client:
        response = await client.request(method, URL)

    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


async def test_what_a_resolver_refuses_is_labelled_and_what_breaks_is_masked_and_logged_once(world):
    with structlog.testing.capture_logs() as logs:
        response = await ask(world, "{ refused broken number }")

    assert response.status_code == 200
    assert response.json()["data"] == {"refused": None, "broken": None, "number": "1"}
    refused, broken = response.json()["errors"]
    request_id = response.headers["x-request-id"]
    assert refused == {
        "message": "An amount in CNY is at most 1; split 2 into several.",
        "locations": [{"line": 1, "column": 3}],
        "path": ["refused"],
        "extensions": {
            "code": "BAD_USER_INPUT",
            "requestId": request_id,
            "retryable": False,
            "reason": "AMOUNT_TOO_LARGE",
        },
    }
    assert broken["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert request_id in broken["message"]
    assert "hunter2" not in response.text
    assert "Traceback" not in response.text
    failures = [line for line in logs if line["event"] == "operation.failed"]
    assert [(line["request_id"], line["path"]) for line in failures] == [(request_id, ["broken"])]


@pytest.mark.parametrize("field", ["lies", "overflows"])
async def test_a_result_that_breaks_the_schema_is_our_bug_and_not_the_clients(world, field):
    response = await ask(world, f"{{ {field} }}")

    assert codes(response) == ["INTERNAL_SERVER_ERROR"]


async def test_a_null_variable_inside_an_argument_is_the_clients_error(world):
    query = 'query($c: CurrencyCode! = "CNY") { echo(amount: {currency: $c, amount: "1"}) }'

    response = await ask(world, query, variables={"c": None})

    assert codes(response) == ["BAD_USER_INPUT"]


async def test_at_most_ten_errors_are_shown(world):
    toys = "{ toys(first: 12) { nodes { name broken } } }"
    invalid = "{ toy { " + " ".join(f"nothing{n}" for n in range(20)) + " } }"
    variables = ", ".join(f"$v{n}: Int!" for n in range(20))

    assert codes(await ask(world, toys)) == ["INTERNAL_SERVER_ERROR"] * 10
    assert len(codes(await ask(world, invalid))) == 10
    assert len(codes(await ask(world, f"query({variables}) {{ number }}"))) == 10


async def test_errors_are_said_in_the_callers_language_and_codes_never(world):
    async with world.client(Accept_Language="zh-CN,zh;q=0.9,en;q=0.8") as client:
        response = await client.post(URL, json={"query": "{ refused }"})
        malformed = await client.post(URL, content=b"[]")
        unknown = await client.post(URL, json={"query": "{ toy { nothing } }"})
        unfit = await client.post(URL, json={"query": "query($v: Int!) { number }"})

    assert response.json()["errors"][0]["message"] == "CNY 金额最大为 1；请将 2 拆成多笔。"
    assert codes(response) == ["BAD_USER_INPUT"]
    assert malformed.json()["errors"][0]["message"] == "请求有误：请求体须为 JSON 对象。"
    assert unknown.json()["errors"][0]["message"] == "类型 'Toy' 没有字段 'nothing'。"
    assert codes(unknown) == ["GRAPHQL_VALIDATION_FAILED"]
    assert unfit.json()["errors"][0]["message"] == "变量 '$v' 未被使用。"


async def test_a_mutation_answers_what_it_did_and_reads_the_store_afterwards(world):
    response = await ask(
        world, 'mutation { buy(name: "x") { toy { name friend { name } } replayed userErrors { code } } }'
    )

    assert response.json() == {
        "data": {"buy": {"toy": {"name": "toy 1", "friend": {"name": "toy 7"}}, "replayed": False, "userErrors": []}}
    }
    assert world.store.open_now == 0


async def test_a_refused_mutation_answers_user_errors_and_no_top_level_error(world):
    response = await ask(
        world, 'mutation { buy(name: "too dear") { toy { name } userErrors { code field message retryable } } }'
    )

    assert response.json() == {
        "data": {
            "buy": {
                "toy": None,
                "userErrors": [
                    {
                        "code": "AMOUNT_TOO_LARGE",
                        "field": ["lineItems", "0"],
                        "message": "An amount in CNY is at most 1; split 2 into several.",
                        "retryable": False,
                    }
                ],
            }
        }
    }


async def test_a_mutation_that_breaks_is_masked_at_the_top(world):
    response = await ask(world, 'mutation { buy(name: "poison") { userErrors { code } } }')

    assert codes(response) == ["INTERNAL_SERVER_ERROR"]
    assert "hunter2" not in response.text


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.PARTNER, Role.PARTY])
async def test_only_operators_write(world, role):
    key = world.store.add_key(5, role, party_id=9 if role is Role.PARTY else None)

    response = await ask(world, 'mutation { buy(name: "x") { replayed } }', key=key)

    assert codes(response) == ["FORBIDDEN"]
    assert world.gateway.services.lanes._lanes == {}


async def test_a_query_that_takes_too_long_is_stopped_and_gives_everything_back():
    world = make_world(limits=Limits(read_seconds=0.05))

    response = await ask(world, "{ toy { name } slow }")

    assert (response.status_code, codes(response)) == (503, ["DEADLINE_EXCEEDED"])
    assert world.store.open_now == 0


async def test_a_mutation_that_takes_too_long_has_an_unknown_outcome():
    world = make_world(limits=Limits(write_seconds=0.05))

    response = await ask(world, 'mutation { buy(name: "slow") { replayed } }')

    assert (response.status_code, codes(response)) == (503, ["OUTCOME_UNKNOWN"])
    assert response.json()["errors"][0]["extensions"]["retryable"] is True


async def test_the_answer_says_which_moment_it_shows_unless_that_tells_of_others(world):
    party = world.store.add_key(3, Role.PARTY, party_id=9)
    query = "{ toy { name } asOf { sequence postedAt } }"
    moment = {"sequence": "42", "postedAt": "2026-01-31T00:00:00.000000Z"}

    whole, part = await ask(world, query), await ask(world, query, key=party)

    assert (whole.json()["data"]["asOf"], whole.json()["extensions"]) == (moment, {"asOf": moment})
    assert part.json() == {"data": {"toy": {"name": "toy 1"}, "asOf": None}}
    assert "extensions" not in (await ask(world, "{ number }")).json()


async def test_pages_go_forward_and_backward_and_say_what_lies_beyond(world):
    query = """query($first: Int, $after: String, $last: Int, $before: String) {
        toys(first: $first, after: $after, last: $last, before: $before) {
            nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""

    async def page(**variables: object):
        toys = (await ask(world, query, variables=variables)).json()["data"]["toys"]
        info = toys["pageInfo"]
        return [node["name"] for node in toys["nodes"]], info["hasPreviousPage"], info["hasNextPage"], info

    names, before, after, info = await page(first=2)
    assert (names, before, after) == (["toy 1", "toy 2"], False, True)
    names, before, after, info = await page(first=2, after=info["endCursor"])
    assert (names, before, after) == (["toy 3", "toy 4"], True, True)
    names, before, after, info = await page(last=2, before=info["startCursor"])
    assert (names, before, after) == (["toy 1", "toy 2"], False, True)
    names, before, after, info = await page(last=2)
    assert (names, before, after) == (["toy 249", "toy 250"], True, False)
    names, before, after, info = await page(first=100, after=info["endCursor"])
    assert (names, before, after) == ([], True, False)
    assert len((await page())[0]) == 20


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("first: 0", "PAGE_INVALID"),
        ("first: -1", "PAGE_INVALID"),
        ("first: 101", "PAGE_INVALID"),
        ("first: 2147483647", "PAGE_INVALID"),
        ("last: 101", "PAGE_INVALID"),
        ("first: 1, last: 1", "PAGE_INVALID"),
        ('after: ""', "CURSOR_INVALID"),
        ('after: "YXJyYXljb25uZWN0aW9uOjE="', "CURSOR_INVALID"),
    ],
)
async def test_a_bad_page_is_a_labelled_error_of_the_client(world, arguments, reason):
    response = await ask(world, f"{{ toys({arguments}) {{ nodes {{ name }} }} }}")

    (error,) = response.json()["errors"]
    assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("BAD_USER_INPUT", reason)


async def test_a_cursor_of_one_viewer_is_none_of_another(world):
    query = "{ toys(first: 1) { pageInfo { endCursor } } }"
    cursor = (await ask(world, query)).json()["data"]["toys"]["pageInfo"]["endCursor"]
    party = world.store.add_key(3, Role.PARTY, party_id=9)

    response = await ask(world, f'{{ toys(after: "{cursor}") {{ nodes {{ name }} }} }}', key=party)

    assert response.json()["errors"][0]["extensions"]["reason"] == "CURSOR_INVALID"


async def test_a_thing_is_found_by_its_id_and_anything_else_is_null_or_a_labelled_error(world):
    (own,) = [(await ask(world, "{ toy(number: 5) { id } }")).json()["data"]["toy"]["id"]]
    from_elsewhere = "MTpUb3k6MjpuNQ"  # 1:Toy:2:n5
    of_no_kind = "MTpDYXI6MTpuNQ"  # 1:Car:1:n5
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Toy { name } } }"

    found = (await ask(world, query, variables={"ids": [own, from_elsewhere, of_no_kind, own]})).json()["data"]["nodes"]
    refused = await ask(world, '{ node(id: "") { id } }')
    too_many = await ask(world, query, variables={"ids": [own] * 101})

    assert found == [{"id": own, "name": "toy 5"}, None, None, {"id": own, "name": "toy 5"}]
    assert refused.json()["errors"][0]["extensions"]["reason"] == "ID_INVALID"
    assert too_many.json()["errors"][0]["extensions"]["reason"] == "TOO_MANY_IDS"


async def test_everything_is_given_back_when_the_answer_is_written(world):
    for query in ("{ toy { name } }", "{ toy { name } broken }", "{ toys(first: 0) { nodes { name } } toy { name } }"):
        await ask(world, query)
        assert world.store.open_now == 0


async def test_introspection_as_tools_send_it_is_answered(world):
    query = get_introspection_query(specified_by_url=True, input_value_deprecation=True, schema_description=True)

    response = await ask(world, query)

    assert "errors" not in response.json()
    assert build_client_schema(response.json()["data"]).query_type.name == "Query"
