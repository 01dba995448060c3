"""Bring one file of known content over HTTP: resumed, bounded, verified, then renamed into place.

The bytes so far lie in a `.part` file beside its place, which survives a broken connection and a
killed process. The file itself appears whole and with the right hash, or not at all.
"""

import hashlib
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from inkdigit.data.sources.idx import unzip
from inkdigit.data.sources.watch import Watch
from inkdigit.durable import write_bytes

TIMEOUT_S = 30.0  # without an answer, or with less than LEAST_BYTES in it
LEAST_BYTES = 4096
_CHUNK_BYTES = 1 << 18
_ROUNDS = 2  # over the mirrors: a broken connection is tried once more
_ROOM_BYTES = 1 << 16  # by which a gzip may be larger than its content


@dataclass(frozen=True)
class Wanted:
    """A file that is published gzipped."""

    name: str
    size: int  # of the uncompressed content, in bytes
    sha256: str  # of the uncompressed content: the mirrors' gzip wrappings differ


class TransferError(Exception):
    """A mirror did not deliver.

    Args:
        reason: one line.
        again: whether it may on another try.
    """

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(" ".join(reason.split()))
        self.again = again


def download(wanted: Wanted, mirrors: Sequence[str], folder: Path, watch: Watch) -> list[str]:
    """Bring a file into `folder` from the first mirror that has it whole.

    Args:
        wanted: the file.
        mirrors: addresses of folders, ending in a slash; the best first.
        folder: where the uncompressed file goes.
        watch: called with (bytes so far, all bytes).

    Returns:
        Why each mirror failed, one line each; empty once the file is there.

    Raises:
        OSError: of the disk.
    """
    folder.mkdir(parents=True, exist_ok=True)
    refusals: dict[str, str] = {}
    hopeful = list(mirrors)
    for _ in range(_ROUNDS):
        for mirror in list(hopeful):
            address = f"{mirror}{wanted.name}.gz"
            try:
                content = _fetch(address, wanted, folder / f"{wanted.name}.gz.part", watch)
            except TransferError as error:
                refusals[mirror] = f"{_without_secrets(address)}: {error}"
                if not error.again:
                    hopeful.remove(mirror)
                continue
            write_bytes(folder / wanted.name, content)
            (folder / f"{wanted.name}.gz.part").unlink()
            return []
    return list(refusals.values())


def proxy_of(address: str) -> str | None:
    """Name the proxy that the environment sets for an address, without its password."""
    parts = urlsplit(address)
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    proxy = urllib.request.getproxies().get(parts.scheme)
    return None if proxy is None else _without_secrets(proxy)


def _fetch(address: str, wanted: Wanted, part: Path, watch: Watch) -> bytes:
    """Complete `part` and give its content; what an older one held may be of something else."""
    resumed = part.exists()
    _receive(address, wanted, part, watch)
    content = _content(part, wanted)
    if content is None and resumed:
        part.unlink()
        _receive(address, wanted, part, watch)
        content = _content(part, wanted)
    if content is None:
        part.unlink()
        raise TransferError("not the published content", again=False)
    return content


def _content(part: Path, wanted: Wanted) -> bytes | None:
    """Unpack a download, if it is what was wanted."""
    try:
        content = unzip(part.read_bytes(), most=wanted.size + 1)
    except OSError:
        return None
    right = hashlib.sha256(content).hexdigest() == wanted.sha256
    return content if right else None


def _receive(address: str, wanted: Wanted, part: Path, watch: Watch) -> None:
    """Append to `part` what is missing of it."""
    have = part.stat().st_size if part.exists() else 0
    with _answer(address, have) as response:
        if response is None:  # nothing is missing
            return
        start = _start(response, have)
        total = start + int(response.headers.get("Content-Length") or 0)
        most = wanted.size + _ROOM_BYTES
        with part.open("ab" if start else "wb") as file:
            done = start
            for chunk in _chunks(response):
                file.write(chunk)
                done += len(chunk)
                watch(done, max(done, total))
                if done > most:
                    break
    if done > most:
        part.unlink()
        raise TransferError(f"more than the {most:,} bytes that it can have", again=False)
    if done < total:
        raise TransferError(f"the connection ended after {done:,} of {total:,} bytes", again=True)


@contextmanager
def _answer(address: str, have: int) -> Iterator[HTTPResponse | None]:
    """Ask for what is missing; None if nothing is, or the server thinks so."""
    request = urllib.request.Request(  # noqa: S310 - the mirrors are ours
        address, headers={"Range": f"bytes={have}-"} if have else {}
    )
    opener = urllib.request.build_opener(_Redirects())
    try:
        response = opener.open(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and have:
            yield None
            return
        raise TransferError(f"HTTP {error.code} {error.reason}", again=error.code >= 500) from error
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise TransferError(f"{reason or type(error).__name__}", again=True) from error
    with response:
        yield response


def _start(response: HTTPResponse, have: int) -> int:
    """Tell at which byte the answer begins: where it was asked to, or at the beginning."""
    if response.status != 206:
        return 0
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range") or f"bytes {have}-")
    if found is None or int(found[1]) != have:
        raise TransferError("it answered with another part than was asked for", again=False)
    return have


def _chunks(response: HTTPResponse) -> Iterator[bytes]:
    """Give what comes, as long as something comes."""
    since, received = time.monotonic(), 0
    while True:
        try:
            chunk = response.read1(_CHUNK_BYTES)
        except (OSError, HTTPException) as error:
            raise TransferError(f"the connection broke: {error}", again=True) from error
        if not chunk:
            return
        yield chunk
        received += len(chunk)
        if time.monotonic() - since > TIMEOUT_S:
            if received < LEAST_BYTES:
                raise TransferError(f"only {received:,} bytes came in {TIMEOUT_S:g} s", again=True)
            since, received = time.monotonic(), 0


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but not from https to anything weaker."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Refuse a weaker scheme; everything else is as usual."""
        allowed = ("https",) if req.type == "https" else ("https", "http")
        if urlsplit(newurl).scheme not in allowed:
            raise TransferError(f"redirected to {_without_secrets(newurl)}", again=False)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _without_secrets(address: str) -> str:
    """Drop user, password and query from an address that goes into a message."""
    parts = urlsplit(address if "//" in address else f"//{address}")
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path}" if parts.scheme else place
