"""Whether the process lives, whether it is of use, and its numbers."""

import asyncio
import time

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.api.messages import choose_locale, say
from app.auth import read_bearer
from app.http.gateway import Check, Gateway, Unready
from ledger.access.model import Role
from ledger.errors import Remark

log = structlog.get_logger(__name__)

_CHECK_SECONDS = 2.0
# Anybody may ask, as often as they like; the store is asked once a second at most.
_REMEMBERED_SECONDS = 1.0

_METRIC_READERS = frozenset({Role.OPERATOR, Role.AUDITOR})


class Health:
    """`/healthz` says that the process answers; `/readyz` whether work may be sent to it, with the reasons why not."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._lock = asyncio.Lock()
        self._findings: dict[str, Remark | None] = {}
        self._found_at = float("-inf")

    async def live(self, request: Request) -> Response:
        """Answer as long as the event loop turns, whatever the store does."""
        return JSONResponse({"alive": True})

    async def ready(self, request: Request) -> Response:
        """Ask every check, all at once; one that does not answer in time counts as a reason."""
        if self._gateway.draining:
            findings: dict[str, Remark | None] = {"process": Remark(Unready.STOPPING_PROCESS)}
        else:
            findings = await self._ask()
        ready = not any(findings.values())
        locale = choose_locale(request.headers.get("accept-language"))
        checks = {
            name: {"ok": found is None, "reason": None if found is None else say(found, locale=locale)}
            for name, found in findings.items()
        }
        headers = {"Cache-Control": "no-store", "Vary": "Accept-Language"} | ({} if ready else {"Retry-After": "1"})
        return JSONResponse({"ready": ready, "checks": checks}, status_code=200 if ready else 503, headers=headers)

    async def metrics(self, request: Request) -> Response:
        """Numbers for Prometheus, for operators and auditors."""
        viewer = await self._gateway.authenticator.authenticate(read_bearer(request.headers.get("authorization")))
        viewer.require(_METRIC_READERS)
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})

    async def _ask(self) -> dict[str, Remark | None]:
        async with self._lock:
            if time.monotonic() - self._found_at > _REMEMBERED_SECONDS:
                names = [*self._gateway.checks]
                reasons = await asyncio.gather(*(_ask_one(name, self._gateway.checks[name]) for name in names))
                self._findings = dict(zip(names, reasons, strict=True))
                self._found_at = time.monotonic()
        return self._findings


async def _ask_one(name: str, check: Check) -> Remark | None:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return Remark(Unready.NO_ANSWER_OF_CHECK, seconds=f"{_CHECK_SECONDS:g}")
    except Exception:
        log.exception("readiness.check_failed", check=name)
        return Remark(Unready.CHECK_BROKEN)
