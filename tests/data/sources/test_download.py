"""Whatever the other side does: the file that was wanted comes, or one line says why not."""

import gzip
import hashlib
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from inkdigit.data.sources import download as module
from inkdigit.data.sources.download import Wanted, download
from tests.data import mirror as bad
from tests.data.mirror import Answer, Mirror
from tests.faults import refusing

CONTENT = np.random.default_rng(0).integers(0, 256, 3000, np.uint8).tobytes()
ZIPPED = gzip.compress(CONTENT)
WANTED = Wanted("digits", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(module, "TIMEOUT_S", 0.3)
    with Mirror({"digits.gz": ZIPPED}) as it:
        yield it


def fetch(folder: Path, *mirrors: str) -> list[str]:
    steps: list[tuple[int, int]] = []
    refusals = download(WANTED, mirrors, folder, lambda *step: steps.append(step))
    assert all(done <= total for done, total in steps)
    assert all("\n" not in refusal for refusal in refusals)
    if refusals:
        assert not (folder / "digits").exists()
    else:
        assert (folder / "digits").read_bytes() == CONTENT
        assert [path.name for path in folder.iterdir()] == ["digits"]
    return refusals


PASSING: dict[str, Answer] = {
    "busy": bad.refusing(503),
    "broken": bad.refusing(500),
    "cut": bad.breaking_after(1000),
    "reset": bad.resetting,
    "silent": bad.silent,
    "dripping": bad.dripping,
    "chunked and cut": bad.chunked_and_cut,
}


@pytest.mark.parametrize("answer", PASSING.values(), ids=PASSING)
def test_what_may_pass_is_tried_once_more(answer: Answer, mirror: Mirror, tmp_path: Path) -> None:
    mirror.answers = [answer]
    assert fetch(tmp_path, mirror.address) == []
    assert len(mirror.ranges) == 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (bad.refusing(503), "HTTP 503 Service Unavailable"),
        (bad.breaking_after(100), "the connection ended after 200 of"),
        (bad.silent, "timed out"),
        (bad.dripping, "bytes came in 0.3 s"),
    ],
)
def test_what_does_not_pass_is_told(
    answer: Answer, reason: str, mirror: Mirror, tmp_path: Path
) -> None:
    mirror.answers = [answer, answer]
    (refusal,) = fetch(tmp_path, mirror.address)
    assert refusal.startswith(f"{mirror.address}digits.gz: ")
    assert reason in refusal


@pytest.mark.parametrize("code", [401, 403, 404])
def test_a_refusal_is_not_repeated(code: int, mirror: Mirror, tmp_path: Path) -> None:
    mirror.answers = [bad.refusing(code)]
    (refusal,) = fetch(tmp_path, mirror.address)
    assert f"HTTP {code}" in refusal
    assert len(mirror.ranges) == 1


def test_a_connection_that_is_refused_is_told(tmp_path: Path, mirror: Mirror) -> None:
    (refusal,) = fetch(tmp_path, "http://127.0.0.1:9/")
    assert "refused" in refusal


def test_the_next_mirror_helps(mirror: Mirror, tmp_path: Path) -> None:
    assert fetch(tmp_path, "http://127.0.0.1:9/", f"{mirror.address}gone?", mirror.address) == []


def test_a_broken_download_goes_on_where_it_stopped(mirror: Mirror, tmp_path: Path) -> None:
    mirror.answers = [bad.breaking_after(1000), bad.breaking_after(500)]
    assert len(fetch(tmp_path, mirror.address)) == 1
    assert (tmp_path / "digits.gz.part").read_bytes() == ZIPPED[:1500]
    assert fetch(tmp_path, mirror.address) == []
    assert mirror.ranges == [None, "bytes=1000-", "bytes=1500-"]


@pytest.mark.parametrize("part", [ZIPPED, ZIPPED[:-1]])
def test_a_download_that_was_nearly_whole_is_taken(
    part: bytes, mirror: Mirror, tmp_path: Path
) -> None:
    (tmp_path / "digits.gz.part").write_bytes(part)
    assert fetch(tmp_path, mirror.address) == []
    assert mirror.ranges == [f"bytes={len(part)}-"]


@pytest.mark.parametrize("part", [b"<html>", bytes(10), ZIPPED + b"x", b"x" * 50_000])
def test_a_part_of_something_else_is_dropped_in_the_same_call(
    part: bytes, mirror: Mirror, tmp_path: Path
) -> None:
    (tmp_path / "digits.gz.part").write_bytes(part)
    assert fetch(tmp_path, mirror.address) == []
    assert mirror.ranges == [f"bytes={len(part)}-", None] or part[:-1] == ZIPPED


def test_a_server_without_ranges_begins_anew(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "digits.gz.part").write_bytes(ZIPPED[:1000])
    mirror.answers = [bad.whole_despite_range]
    assert fetch(tmp_path, mirror.address) == []
    assert mirror.ranges == ["bytes=1000-"]


def test_another_range_than_asked_for_is_never_appended(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "digits.gz.part").write_bytes(ZIPPED[:1000])
    mirror.answers = [bad.another_range]
    (refusal,) = fetch(tmp_path, mirror.address)
    assert "another part than was asked for" in refusal
    assert (tmp_path / "digits.gz.part").read_bytes() == ZIPPED[:1000]


@pytest.mark.parametrize(
    "content",
    [
        *(b"<html>please log in</html>", gzip.compress(b"other"), CONTENT[:-1] + b"x"),
        *(ZIPPED[:500] + bytes(200) + ZIPPED[700:], gzip.compress(bytes(50_000_000))),
    ],
    ids=["page", "other", "raw", "damaged", "bomb"],
)
def test_other_content_is_refused_and_not_kept(
    content: bytes, mirror: Mirror, tmp_path: Path
) -> None:
    mirror.files["/digits.gz"] = content
    (refusal,) = fetch(tmp_path, mirror.address)
    assert "not the published content" in refusal
    assert not list(tmp_path.iterdir())


def test_a_stream_without_an_end_is_left(mirror: Mirror, tmp_path: Path) -> None:
    mirror.answers = [bad.endless]
    (refusal,) = fetch(tmp_path, mirror.address)
    assert "more than the 68,536 bytes that it can have" in refusal
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_keep_the_range(
    code: int, mirror: Mirror, tmp_path: Path
) -> None:
    (tmp_path / "digits.gz.part").write_bytes(ZIPPED[:1000])
    mirror.answers = [bad.redirecting(f"{mirror.address}elsewhere/digits.gz", code)]
    assert fetch(tmp_path, mirror.address) == []
    assert mirror.paths == ["/digits.gz", "/elsewhere/digits.gz"]
    assert mirror.ranges == ["bytes=1000-"] * 2


def test_a_circle_of_redirects_is_one_line(mirror: Mirror, tmp_path: Path) -> None:
    mirror.answers = [bad.redirecting(f"{mirror.address}digits.gz")] * 50
    (refusal,) = fetch(tmp_path, mirror.address)
    assert "HTTP 302" in refusal


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/digits.gz"])
def test_a_redirect_to_something_weaker_is_refused(
    address: str, mirror: Mirror, tmp_path: Path
) -> None:
    mirror.answers = [bad.redirecting(address)]
    (refusal,) = fetch(tmp_path, mirror.address)
    assert re.search(f"[Rr]edirect.* to .*{address}", refusal)


def test_odd_words_of_a_server_stay_on_one_line(mirror: Mirror, tmp_path: Path) -> None:
    mirror.answers = [bad.refusing(404, "no\tsuch   thing")]
    (refusal,) = fetch(tmp_path, mirror.address)
    assert refusal.endswith("HTTP 404 no such thing")


def test_a_proxy_is_used(mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", mirror.address)
    assert fetch(tmp_path, "http://mirror.invalid/") == []
    assert mirror.paths == ["http://mirror.invalid/digits.gz"]


def test_secrets_are_not_told(mirror: Mirror, tmp_path: Path) -> None:
    (refusal,) = fetch(tmp_path, "http://me:secret@127.0.0.1:9/")
    assert "secret" not in refusal


def test_a_disk_that_refuses_is_no_mirrors_fault(mirror: Mirror, tmp_path: Path) -> None:
    with refusing(3), pytest.raises(OSError, match="No space left"):
        fetch(tmp_path, mirror.address)
    assert not (tmp_path / "digits").exists()
    assert fetch(tmp_path, mirror.address) == []


def test_a_killed_download_leaves_what_came(mirror: Mirror, tmp_path: Path) -> None:
    def killed(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(WANTED, [mirror.address], tmp_path, killed)
    assert [path.name for path in tmp_path.iterdir()] == ["digits.gz.part"]
    assert fetch(tmp_path, mirror.address) == []


def test_nobody_waits_for_a_stalled_server_for_long(mirror: Mirror, tmp_path: Path) -> None:
    mirror.answers = [bad.silent, bad.silent]
    thread = threading.Thread(target=fetch, args=(tmp_path, mirror.address))
    thread.start()
    thread.join(timeout=20)  # a hang is a failure; how fast it was is none
    assert not thread.is_alive()
