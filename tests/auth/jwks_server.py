"""An identity provider on the loopback: a real HTTP server that answers as a test tells it to."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Provider:
    """`answer` is given to every request; `asked` counts them."""

    url: str = ""
    asked: int = 0
    answer: Answer = field(default=lambda request: request.send_error(404))

    def publish(self, *keys: object) -> None:
        self.answer = body(json.dumps({"keys": keys}).encode())


def body(content: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)

    return answer


@dataclass
class Held:
    """An answer that has `begun` when a request is there, and waits until it is `released`."""

    then: Answer
    begun: Event = field(default_factory=Event)
    released: Event = field(default_factory=Event)

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        self.begun.set()
        self.released.wait(timeout=10)
        self.then(request)


@dataclass
class Dripping:
    """An answer that goes on byte by byte for seconds, unless the other side has `hung_up`."""

    begins: bytes
    hung_up: Event = field(default_factory=Event)

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(self.begins)
        try:
            for _ in range(500):
                request.wfile.write(b" ")
                if self.hung_up.wait(timeout=0.01):
                    break
        except OSError:
            self.hung_up.set()


@dataclass
class Silent:
    """No answer, until the other side has `hung_up`."""

    hung_up: Event = field(default_factory=Event)

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        request.connection.settimeout(5)
        with suppress(TimeoutError):
            assert not request.rfile.read(1)
            self.hung_up.set()


@contextmanager
def provider_on_loopback() -> Iterator[Provider]:
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked += 1
            provider.answer(self)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.url = f"http://127.0.0.1:{server.server_port}/jwks.json"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
