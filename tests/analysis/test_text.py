"""What is printed of texts from outside: one table, the same escapes in C and in Python."""

import ctypes
import random
import subprocess
import unicodedata

from analysis import text
from end_to_end.program import ROOT, folder
from tests.analysis import forged

LAST = 0x10FFFF
SURROGATES = range(0xD800, 0xE000)


def in_c(raw: bytes) -> bytes:
    """What error_escape of the program makes of bytes without a zero."""
    with folder() as private:
        built = private / "escape.so"
        subprocess.run(["gcc", "-std=c11", "-D_GNU_SOURCE", "-shared", "-fPIC", f"-I{ROOT / 'src'}", "-o", built,
                        ROOT / "src/system/error.c", ROOT / "src/system/utf8.c"], check=True)
        out = ctypes.create_string_buffer(4 * len(raw) + 1)
        ctypes.CDLL(built).error_escape(raw, out, ctypes.c_ulong(len(out)))
    return out.value


def in_python(raw: bytes) -> bytes:
    """What analysis makes of them."""
    return text.escaped(raw.decode("utf-8", "surrogateescape")).encode()


def test_table():
    """what is escaped is what Unicode calls no letter, mark, number, sign or space, and what is not seen"""
    for code in range(LAST + 1):
        is_escaped = text.escaped(chr(code)) != chr(code)
        if is_escaped and not forged.is_unseen(chr(code)):  # of a later Unicode than that of the table
            assert unicodedata.unidata_version > "14" and unicodedata.ucd_3_2_0.category(chr(code)) == "Cn", hex(code)
        assert is_escaped or not forged.is_unseen(chr(code)), hex(code)


def test_escapes():
    """an escape names the code point or the byte, and stays as it is when it is escaped again"""
    told = text.escaped("\x1b\x7f\x80\u00a0\u202e\ufe0f\U000e0041\n\t" + b"\xff".decode("utf-8", "surrogateescape"))
    assert told == r"\x1b\x7f\u0080\u00a0\u202e\ufe0f\U000e0041\x0a\x09\xff", told
    assert text.escaped(told) == told
    assert text.escaped("a\n\tb\r\x1b", lines=True) == "a\n\\x09b\\x0d\\x1b"
    assert text.printable("x" * 300) == "x" * 255 + "…"


def test_same_in_c():
    """C and Python write every code point and any bytes alike"""
    points = "".join(map(chr, range(1, LAST + 1))).encode("utf-8", "surrogatepass")
    chance = random.Random(5)
    edges = bytes((0x1f, 0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff))
    junk = bytes(byte or 1 for _ in range(50_000) for byte in
                 (chance.randrange(256), chance.choice(edges), chance.choice(edges)))
    for raw in (points, junk):
        of_c, of_python = in_c(raw), in_python(raw)
        assert of_c == of_python, next((a, b) for a, b in zip(of_c.split(b"\\"), of_python.split(b"\\")) if a != b)
