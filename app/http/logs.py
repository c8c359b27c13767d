"""JSON logs on standard error: one object a line, ours and the libraries' alike."""

import logging
import sys
from typing import TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor

# Local variables hold what callers sent and keys; they stay out of every log.
_render_traceback = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))

_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _render_traceback,
]


def configure_logs(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send everything that is logged in this process to one stream as JSON, from `level` up."""
    number = logging.getLevelNamesMapping()[level]
    stream = stream or sys.stderr
    structlog.configure(
        processors=[*_SHARED, structlog.processors.JSONRenderer(ensure_ascii=False, default=str)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    # uvicorn tells at INFO of every socket that opens and closes; the gateway has lines of its own for that.
    logging.getLogger("uvicorn.error").setLevel(max(number, logging.WARNING))
    # The pool tells of every connection that it could not reset; who waited for the connection is told anyway.
    logging.getLogger("asyncpg.pool").setLevel(max(number, logging.ERROR))
