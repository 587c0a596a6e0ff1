import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sourcing import documents
from sourcing.documents import DocumentText, UnreadableDocument, extract_text
from sourcing.limits import MAX_BYTES, MAX_CHARACTERS
from sourcing.reading import Outcome, ReadingProcess
from tests.unit.sourcing import hostile

BACKEND = Path(__file__).resolve().parents[3]


def reason_of(content: bytes, filename: str = "cv.pdf") -> str:
    with pytest.raises(UnreadableDocument) as caught:
        extract_text(content, filename)
    assert caught.value.reason.endswith(".")
    return caught.value.code


def text_or_reason(content: bytes) -> str:
    try:
        return extract_text(content, "cv").text
    except UnreadableDocument as error:
        return error.reason


class TestWhatIsRead:
    """Each kind of file gives its text."""

    def test_a_pdf_gives_its_text_and_its_number_of_pages(self) -> None:
        document = extract_text(hostile.pdf(pages=2), "cv.pdf", "application/pdf")
        assert document.text.count(hostile.SENTENCE) == 2
        assert (document.kind, document.pages) == ("pdf", 2)

    def test_a_pdf_from_right_to_left_keeps_the_order_of_its_words_and_letters(self) -> None:
        line = "مهندس برمجيات في شركة النور"
        assert extract_text(hostile.right_to_left_pdf(line), "cv.pdf").text.split() == line.split()

    def test_a_docx_gives_paragraphs_tables_and_headers(self) -> None:
        content = hostile.word("Ten years of Python", table=[["2018 - 2022", "Engineer"]], header="Curriculum vitae")
        document = extract_text(content, "cv.docx")
        assert document.kind == "docx"
        assert document.text.splitlines() == ["Curriculum vitae", "Ten years of Python", "2018 - 2022 | Engineer"]

    def test_a_docx_is_read_as_it_is_seen(self) -> None:
        """Without what is deleted or hidden, links by their words, lists by their bullets, text boxes once."""
        run = "<w:r><w:t>%s</w:t></w:r>"
        box = f"<w:txbxContent><w:p>{run % 'In a box'}</w:p></w:txbxContent>"
        inner = (
            f"<w:p><w:pPr><w:numPr><w:numId w:val='3'/></w:numPr></w:pPr>{run % 'Ten years of Python'}</w:p>"
            f"<w:p>See <w:hyperlink>{run % 'my work'}</w:hyperlink><w:del>{run % 'deleted'}</w:del>"
            f"<w:ins>{run % ' and more'}</w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r></w:p>"
            f"<w:p><w:r><w:Choice>{box}</w:Choice><w:Fallback>{box}</w:Fallback></w:r></w:p>"
        )
        start, end = hostile.BODY.split(b"<w:p>")[0], b"</w:body></w:document>"
        content = hostile.with_document_xml(start + inner.encode() + end)
        lines = [line for line in extract_text(content, "cv.docx").text.split("\n") if line]
        assert lines == ["\u2022 Ten years of Python", "my work and more", "In a box"]

    def test_plain_text_is_only_decoded(self) -> None:
        text = "Zwölf Jahre als Gärtnerin in Köln"
        assert extract_text(text.encode(), "cv.txt") == DocumentText(text, None, "text")

    def test_the_content_decides_what_a_file_is_not_its_name(self) -> None:
        assert extract_text(hostile.pdf(), "cv.txt", "text/plain").kind == "pdf"
        assert extract_text(hostile.word("Ten years of gardening work"), "cv.pdf").kind == "docx"
        assert extract_text(b"Ten years of gardening work", "cv.pdf").kind == "text"
        assert extract_text(b"Ten years of gardening work", "cv.docx", "text/plain").kind == "text"

    def test_text_that_looks_cut_at_the_limit_is_still_text(self) -> None:
        document = extract_text("ä".encode() * MAX_CHARACTERS * 3, "cv.txt")
        assert len(document.text) == MAX_CHARACTERS

    def test_a_long_pdf_gives_a_bounded_text(self) -> None:
        document = extract_text(hostile.pdf("many words on a line " * 100, pages=190), "cv.pdf")
        assert len(document.text) <= MAX_CHARACTERS

    def test_ligatures_and_control_characters_do_not_stay(self) -> None:
        text = extract_text(
            "E\ufb03cient\u00a0work\x07 in o\u00adffices everywhere\r\n\n\n\nEnd".encode(), "cv.txt"
        ).text
        assert text == "Efficient work in offices everywhere\n\nEnd"


class TestWhatIsRefused:
    """A file that cannot be read ends in a reason for its owner, never in a crash."""

    def test_nothing_in_it(self) -> None:
        assert reason_of(b"") == "empty"
        assert reason_of(b" \n\t ", "cv.txt") == "empty"
        assert reason_of(hostile.word(""), "cv.docx") == "empty"

    def test_too_many_bytes(self) -> None:
        assert reason_of(b"a" * (MAX_BYTES + 1), "cv.txt") == "too_large"

    def test_too_many_pages(self) -> None:
        assert reason_of(hostile.pdf(pages=201)) == "too_large"

    def test_a_pdf_behind_a_password(self) -> None:
        assert reason_of(hostile.pdf(password="secret")) == "encrypted"

    def test_an_office_file_behind_a_password(self) -> None:
        packed = documents.OLD_OFFICE + b"\0" * 600 + documents.ENCRYPTED_PACKAGE
        assert reason_of(packed, "cv.docx") == "encrypted"
        assert reason_of(documents.OLD_OFFICE + b"\0" * 600, "cv.doc") == "unsupported"

    def test_a_pdf_of_pictures(self) -> None:
        assert reason_of(hostile.pdf("")) == "no_text_layer"

    @pytest.mark.parametrize("share", [0.1, 0.4, 0.7])
    def test_a_truncated_pdf_or_docx(self, share: float) -> None:
        pdf, word = hostile.pdf(), hostile.word(hostile.SENTENCE)
        assert reason_of(pdf[: int(len(pdf) * share)]) == "broken"
        assert reason_of(word[: int(len(word) * share)], "cv.docx") == "broken"

    def test_a_name_that_promises_what_the_content_is_not(self) -> None:
        assert reason_of(b"this is no document of that kind\x01\x02", "cv.pdf") == "broken"
        assert reason_of(b"this is no document of that kind\x01\x02", "cv.docx") == "broken"

    def test_a_text_full_of_nuls(self) -> None:
        assert reason_of(b"Python\0developer\0" * 100, "cv.txt") == "broken"

    @pytest.mark.parametrize("start", [b"\x89PNG\r\n", b"{\\rtf1 text", b"\x1f\x8b\x08"])
    def test_other_kinds_of_files(self, start: bytes) -> None:
        assert reason_of(start + b"abcdefgh" * 20, "cv") == "unsupported"

    def test_a_zip_that_is_no_docx(self) -> None:
        assert reason_of(hostile.package(content=b"<text/>"), "cv.odt") == "unsupported"

    def test_a_zip_bomb(self) -> None:
        assert reason_of(hostile.zip_bomb(), "cv.docx") == "too_large"

    def test_a_package_of_thousands_of_files(self) -> None:
        files = {f"word__{number}": b"" for number in range(2_100)}
        assert reason_of(hostile.package(word__document=b"", **files), "cv.docx") == "too_large"

    def test_a_docx_that_names_a_file_of_this_machine_does_not_get_it(self) -> None:
        assert "Ten years of Python" in extract_text(hostile.plain_word(), "cv.docx").text
        assert "root:" not in text_or_reason(hostile.file_thief())

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def test_a_file_with_damaged_bytes_never_does_more_than_refuse(self, data: st.DataObject) -> None:
        whole = bytearray(data.draw(st.sampled_from([hostile.pdf(), hostile.word(hostile.SENTENCE)])))
        for _ in range(data.draw(st.integers(1, 8))):
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
        assert text_or_reason(bytes(whole))


class TestTheReadingProcess:
    """Reading happens in a process that is limited, shared by threads, started again, and gone with its owner."""

    def test_a_file_that_takes_too_long_is_killed(self) -> None:
        impatient = ReadingProcess(wall_seconds=0.3)
        try:
            assert impatient.read("pdf", hostile.slow_pdf()) == Outcome(answer=None, exit=-9, overdue=True)
            assert impatient.read("pdf-plainly", hostile.pdf()).exit == 0
        finally:
            impatient.close()

    @pytest.mark.parametrize(
        ("outcome", "code"),
        [
            (Outcome(None, -9, overdue=True), "too_slow"),
            (Outcome(None, -24, overdue=False), "too_slow"),
            (Outcome(None, -11, overdue=False), "broken"),
        ],
    )
    def test_how_a_child_died_is_what_its_owner_reads(
        self, outcome: Outcome, code: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ReadingProcess, "read", lambda *_: outcome)
        assert reason_of(hostile.pdf()) == code

    @pytest.mark.parametrize(
        ("attempt", "refusal"),
        [
            ("bytearray(2 * 1024**3)", "MemoryError"),
            ("open(sys.argv[0], 'w').write('x' * 10000)", "OSError"),
            ("[os.dup(0) for _ in range(100)]", "OSError"),
        ],
    )
    def test_a_child_gets_no_more_than_its_share(self, attempt: str, refusal: str, tmp_path: Path) -> None:
        program = (
            "import os, sys\n"
            "from sourcing.reading_process import limit_this_process\n"
            f"sys.argv[0] = {str(tmp_path / 'kept')!r}\n"
            "limit_this_process(10, 30)\n"
            "try:\n"
            f"    {attempt}\n"
            "except Exception as error:\n"
            "    print(type(error).__name__)\n"
        )
        assert run(program).strip() == refusal

    def test_threads_read_at_once_and_each_gets_its_own_text(self) -> None:
        texts = [f"Worker number {number} knows Python" for number in range(12)]
        with ThreadPoolExecutor(12) as threads:
            read = list(threads.map(lambda text: extract_text(hostile.pdf(text), "cv.pdf").text, texts))
        assert read == texts

    def test_a_process_that_was_killed_is_started_again(self) -> None:
        reader = ReadingProcess()
        try:
            reader.read("pdf", hostile.pdf())
            assert reader.pid is not None
            os.kill(reader.pid, signal.SIGKILL)
            assert reader.read("pdf", hostile.pdf()).exit == 0
        finally:
            reader.close()

    def test_the_libraries_stay_out_of_the_owner(self) -> None:
        program = "import sys; import sourcing.documents; print(any('pdfium' in name for name in sys.modules))"
        assert run(program).strip() == "False"

    def test_no_secret_of_the_owner_is_in_its_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECRET_KEY", "not for strangers' files")
        reader = ReadingProcess()
        try:
            reader.read("pdf", hostile.pdf())
            assert b"SECRET_KEY" not in Path(f"/proc/{reader.pid}/environ").read_bytes()
        finally:
            reader.close()

    @pytest.mark.parametrize("end", ["os._exit(0)", "os.kill(os.getpid(), 9)", "sys.exit(0)"])
    def test_it_is_gone_after_its_owner_however_that_ends(self, end: str) -> None:
        program = (
            "import os, sys\n"
            "from sourcing.documents import extract_text\n"
            "from sourcing.reading import reading_process\n"
            "extract_text(sys.stdin.buffer.read(), 'cv.pdf')\n"
            "print(reading_process.pid, flush=True)\n" + end
        )
        assert gone(int(run(program, hostile.pdf())))

    def test_a_forked_copy_of_the_owner_reads_by_itself(self) -> None:
        program = (
            "import os, sys\n"
            "from sourcing.documents import extract_text\n"
            "from sourcing.reading import reading_process\n"
            "content = sys.stdin.buffer.read()\n"
            "extract_text(content, 'cv.pdf')\n"
            "first = reading_process.pid\n"
            "if os.fork():\n"
            "    os.wait()\n"
            "else:\n"
            "    extract_text(content, 'cv.pdf')\n"
            "    print(first != reading_process.pid, reading_process.pid, flush=True)\n"
            "    os._exit(0)\n"
            "print(first, flush=True)\n"
        )
        different, second, first = run(program, hostile.pdf()).split()
        assert different == "True"
        assert gone(int(first))
        assert gone(int(second))

    def test_a_forked_copy_of_the_owner_does_not_keep_it(self) -> None:
        program = (
            "import os, sys, time\n"
            "from sourcing.documents import extract_text\n"
            "from sourcing.reading import reading_process\n"
            "extract_text(sys.stdin.buffer.read(), 'cv.pdf')\n"
            "copy = os.fork()\n"
            "if not copy:\n"
            "    os.closerange(0, 3)\n"
            "    time.sleep(60)\n"
            "print(copy, reading_process.pid, flush=True)\n"
            "os._exit(0)\n"
        )
        copy, reader = map(int, run(program, hostile.pdf()).split())
        try:
            assert gone(reader)
        finally:
            os.kill(copy, signal.SIGKILL)


def run(program: str, given_bytes: bytes = b"") -> str:
    """What a Python program of its own prints."""
    result = subprocess.run(
        [sys.executable, "-c", program],
        input=given_bytes,
        capture_output=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": str(BACKEND)},
    )
    return result.stdout.decode()


def gone(pid: int) -> bool:
    """Whether a process ends within half a minute (a zombie has ended)."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False
