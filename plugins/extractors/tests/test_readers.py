"""The built-in readers, called as a worker process calls them."""

import csv
import json

import pytest

from dify_extractors.readers.encoding import decode
from dify_extractors.readers.epub import read_epub
from dify_extractors.readers.mail import read_eml
from dify_extractors.readers.pdf import read_pdf
from dify_extractors.readers.plain import read_json, read_properties, read_text, read_vtt
from dify_extractors.readers.slides import read_pptx
from dify_extractors.readers.tables import markdown_table, read_csv, read_workbook
from dify_extractors.readers.word import read_docx

GERMAN = "Die Gemütlichkeit der Bücher über größere Flüsse ist für alle Straßen schön und früh genug."


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "iso-8859-1"]
)
def test_the_encoding_of_a_text_is_found_out(encoding):
    assert read_text((GERMAN * 3).encode(encoding), ".txt") == GERMAN * 3


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("これは日本語の文章です。漢字とひらがなとカタカナ。" * 3, "cp932"),
        ("Это русский текст для проверки. " * 4, "cp1251"),
    ],
)
def test_the_encoding_of_other_scripts_is_found_out_too(text, encoding):
    assert decode(text.encode(encoding)) == text


def test_what_is_no_text_is_refused():
    with pytest.raises(ValueError, match="no text"):
        read_text(bytes(range(256)) * 40, ".txt")


def test_an_empty_text_is_empty():
    assert read_text(b"", ".txt") == ""


def test_json_is_indented_and_keeps_its_characters():
    assert read_json('{"a":["é",1]}'.encode(), ".json") == '{\n  "a": [\n    "é",\n    1\n  ]\n}'


@pytest.mark.parametrize("content", [b"", b"{", b"{'a': 1}"])
def test_broken_json_is_refused(content):
    with pytest.raises(json.JSONDecodeError):
        read_json(content, ".json")


def test_properties_lose_their_escapes():
    assert read_properties(rb"# note" b"\n" rb"a=b\u00e9 \ud83d\ude00", ".properties") == "# note\na=bé 😀"


VTT = """WEBVTT

NOTE a note --
which is left out

1
00:00.000 --> 00:02.000 align:start
<v Ada>Hello &amp; <b>welcome</b>

00:02.000 --> 00:04.000
<v.loud Ada>to you
all

00:04.000 --> 00:06.000
<v Bob>Thanks</v>

00:06.000 --> 00:08.000
(applause)

00:08.000 --> 00:09.000
(silence)
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_subtitles_are_joined_by_speaker(newline):
    text = read_vtt(VTT.replace("\n", newline).encode(), ".vtt")
    assert text == "Ada: Hello & welcome to you all\nBob: Thanks\n(applause)\n(silence)"


@pytest.mark.parametrize(
    ("rows", "table"),
    [
        ([["a", "b"], ["1", "2"]], "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        ([["a"], ["1", "x|y\nz"]], "| a |  |\n| --- | --- |\n| 1 | x\\|y z |"),
        ([["a"], [" ", ""], []], "| a |\n| --- |"),
        ([], ""),
        ([["", ""]], ""),
    ],
)
def test_rows_become_a_markdown_table(rows, table):
    assert markdown_table(rows) == table


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_of_a_csv_file_is_found_out(delimiter):
    content = f'name{delimiter}age\n"Ada{delimiter} L."{delimiter}36\n'.encode()
    shown = delimiter.replace("\t", " ").replace("|", "\\|")
    name = " ".join(f"Ada{shown} L.".split())
    assert read_csv(content, ".csv") == f"| name | age |\n| --- | --- |\n| {name} | 36 |"


def test_a_small_csv_file_leaves_others_of_the_process_their_limit():
    before = csv.field_size_limit()
    read_csv(b"name\nAda\n", ".csv")
    assert csv.field_size_limit() == before


def test_a_csv_file_of_one_column_is_one_column():
    assert read_csv(b"name\nAda\n", ".csv") == "| name |\n| --- |\n| Ada |"


def test_an_empty_csv_file_has_no_table():
    assert read_csv(b"", ".csv") == ""


def workbook(sheets):
    import io

    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return buffer.getvalue()


def test_a_workbook_of_one_sheet_is_a_table():
    from datetime import datetime

    content = workbook({"One": [["a", "b"], [1, 2.5], [True, datetime(2024, 5, 6, 7, 8)]], "Empty": []})  # noqa: DTZ001 - cells have no zone
    table = read_workbook(content, ".xlsx")
    assert table == "| a | b |\n| --- | --- |\n| 1 | 2.5 |\n| True | 2024-05-06 07:08:00 |"


def test_several_sheets_stand_under_their_names():
    assert read_workbook(workbook({"One": [["a"]], "Two": [["b"]]}), ".xls") == (
        "## One\n\n| a |\n| --- |\n\n## Two\n\n| b |\n| --- |"
    )


def test_a_pdf_file_gives_the_text_of_its_pages(pdf):
    assert read_pdf(pdf, ".pdf") == "Hello from page one"


def test_a_word_document_gives_paragraphs_and_tables_in_order(docx):
    assert read_docx(docx, ".docx") == (
        "Heading\n\n| Name | Age \\| years |\n| --- | --- |\n| Ada | 36 |\n\n\nAfter the table"
    )


def test_slides_give_their_texts_and_notes(pptx):
    assert read_pptx(pptx, ".pptx") == "Welcome\nSay hello\n\nThe end"


def test_a_book_gives_its_chapters_in_reading_order(epub):
    assert read_epub(epub, ".epub") == "First\nOne\ntwo\n\nSecond & last"


MAIL = b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nFrom: Ada <ada@example.com>\nTo: Bob\n"


@pytest.mark.parametrize(
    ("rest", "body"),
    [
        (b"\nplain text\n", "plain text"),
        (b"Content-Type: text/html\n\n<p>one<p>two<style>x</style>\n", "one\ntwo"),
        (b"Content-Type: text/plain; charset=nonsense\n\nplain\n", "plain"),
        (b"Content-Type: text/plain; charset=ascii\n\ngr\xc3\xbc\xc3\x9fe\n", "grüße"),
        (b"Content-Transfer-Encoding: base64\n\ncGxhaW4=\n", "plain"),
        (
            b"Content-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/html\n\n<b>html</b>\n"
            b"--x\nContent-Type: text/plain\n\nplain\n--x--\n",
            "plain",
        ),
    ],
)
def test_a_mail_gives_headers_and_body(rest, body):
    text = read_eml(MAIL + rest, ".eml")
    headers, _, shown = text.partition("\n\n")
    assert headers.splitlines() == ["Subject: Grüße", "From: Ada <ada@example.com>", "To: Bob"]
    assert shown == body


def test_a_forwarded_mail_is_read_too():
    inner = b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nsee below\n--x\nContent-Type: message/rfc822\n\n"
    text = read_eml(MAIL + inner + b"Subject: inner\n\nthe inner text\n--x--\n", ".eml")
    assert text.endswith("see below\n\nSubject: inner\n\nthe inner text")
