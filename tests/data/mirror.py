"""A web server that keeps files and ranges, remembers what was asked, and misbehaves on request."""

import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


class Mirror:
    """Serves `files`; `answers` replaces the ordinary answers, one request after another."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = {f"/{name}": content for name, content in files.items()}
        self.ranges: list[str | None] = []
        self.paths: list[str] = []
        self.answers: list[Answer] = []
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirror.ranges.append(self.headers.get("Range"))
                mirror.paths.append(self.path)
                content = mirror.files.get("/" + self.path.rpartition("/")[2])
                if content is None:
                    self.send_error(404)
                    return
                answer = mirror.answers.pop(0) if mirror.answers else serve
                answer(self, content)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: object) -> None:
                pass  # a client that gave up

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self.address = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> "Mirror":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def serve(handler: BaseHTTPRequestHandler, content: bytes, *, most: int | None = None) -> None:
    """Answer as a good server does, or hang up after `most` bytes of what was announced."""
    asked = handler.headers.get("Range")
    start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
    if start >= len(content):
        handler.send_error(416)
        return
    handler.send_response(206 if asked else 200)
    if asked:
        handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
    handler.send_header("Content-Length", str(len(content) - start))
    handler.end_headers()
    handler.wfile.write(content[start:][:most])


def breaking_after(count: int) -> Answer:
    """Announce everything and hang up after `count` bytes."""
    return partial(serve, most=count)


def refusing(code: int, reason: str | None = None) -> Answer:
    """Answer with an error."""
    return lambda handler, _content: handler.send_error(code, reason)


def resetting(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    """Cut the connection hard in the middle."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[:100])
    handler.wfile.flush()
    time.sleep(0.05)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.connection.close()


def silent(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    """Take the request and never answer."""
    time.sleep(1.5)


def dripping(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    """Send a byte now and then, for as long as somebody listens."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    for place in range(30):
        handler.wfile.write(content[place : place + 1])
        handler.wfile.flush()
        time.sleep(0.05)


def whole_despite_range(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    """Know no ranges, and no length either."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(content)


def another_range(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    """Answer with a part that was not asked for."""
    handler.send_response(206)
    handler.send_header("Content-Range", f"bytes 0-{len(content) - 1}/{len(content)}")
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def endless(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    """Send and never end."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100_000):
        handler.wfile.write(bytes(1 << 16))


def chunked_and_cut(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    """Send in chunks, and hang up inside one."""
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"64\r\n" + content[:100] + b"\r\n64\r\n" + content[100:120])
    handler.close_connection = True


def redirecting(to: str, code: int = 302) -> Answer:
    """Send the client elsewhere."""

    def answer(handler: BaseHTTPRequestHandler, _content: bytes) -> None:
        handler.send_response(code)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer
