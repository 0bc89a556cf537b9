"""Forged texts in run files come out inert, in the terminal, in tables and on the page."""

from end_to_end.program import folder
from tests.analysis import forged


def test_forged_names():
    """300 forged names through show, compare, export and report: no control characters, no live cells"""
    with folder() as private:
        forged.check(private, 300, 1, 150)


def test_judgement():
    """what the judgement of these tests is to find, it finds"""
    for text in ("a\x1b", "\u202e", "\u00ad", "\ufe0f", "\U000e0041", "\u00a0", "\ue000", "\u0378"):
        assert forged.is_unseen(text), repr(text)
    for cell in ("=1", " =1", "'=1", "\t+A1", "\u3000@x", "\uff1d1", '"=1', "-1+1", "\u22121", "\ufeff=1"):
        assert forged.is_live(cell), repr(cell)
    for cell in ("-1", "-1.5e-05", "a=1", "", "x", "\\x09=1"):
        assert not forged.is_live(cell), repr(cell)
    for text in ('a,b;=1+1\r\n', 'a,"b;=1+1"\r\n', "a:'=1+1':b\r\n", "a,b =1+1\r\n"):
        assert any(map(forged.is_live, forged.cells(text))), text
