"""Log lines: JSON for machines, colours on a terminal; the libraries' lines look like ours."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.types import Processor

SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
QUIET = ("uvicorn.access", "httpx", "httpcore", "asyncio")
"""Libraries whose information lines would drown ours."""


def configure(level: str, process: str) -> None:
    """Sends every line of this process to stderr, marked with the process's name."""
    structlog.contextvars.bind_contextvars(process=process)
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering()],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _rendering() -> tuple[Processor, ...]:
    """Tracebacks without the values of variables, among which are passwords and tokens."""
    if sys.stderr.isatty():
        return (structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),)
    tracebacks = ExceptionDictTransformer(show_locals=False)
    return (structlog.processors.ExceptionRenderer(tracebacks), structlog.processors.JSONRenderer())
