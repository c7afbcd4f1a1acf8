"""Runs the app under uvicorn.

In: an app, or the name of its factory.  Out: a served port, until a signal ends it and running requests are done.
"""

import gc
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette

from app.settings import Settings
from app.web.http import HttpProtocol

FACTORY = "app.server:worker_app"


def end_cleanly_on_signals() -> None:
    """SIGTERM and SIGINT end the process as if it had returned, once uvicorn is done with its requests.

    uvicorn raises the signal again when it has shut down; by default that would end us before the embedded Postgres
    is stopped.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))


@contextmanager
def made_to_last() -> Iterator[None]:
    """What is made in here is never garbage: the collector does not look at it, neither now nor during requests."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def serve_app(app: Starlette, settings: Settings, host: str, port: int) -> None:
    """Serves an app in this process."""
    end_cleanly_on_signals()
    uvicorn.run(app, host=host, port=port, **_options(settings))


def serve_workers(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serves from several processes; each builds its app from the environment."""
    end_cleanly_on_signals()
    uvicorn.run(FACTORY, factory=True, host=host, port=port, workers=workers, **_options(settings))


def _options(settings: Settings) -> dict[str, Any]:
    return {
        "loop": "uvloop",
        "http": HttpProtocol,
        "ws": "none",
        "interface": "asgi3",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": settings.shutdown_timeout_s,
    }
