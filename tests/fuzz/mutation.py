"""Mutations of bytes and of tables."""

import random
from typing import Final

TOKENS: Final = (
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r\n",
    b"\r",
    b'"',
    b"'",
    b"#",
    b" #",
    b":",
    b"{",
    b"}",
    b"[",
    b"]",
    b"-",
    b"0,5",
    b"nan",
    b"inf",
    b"1e999",
    b"-1",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xa8",
    b"null",
    b"true",
    b"*a",
    b"&a",
    b"!!str",
    b"---\n",
    b"...\n",
    b"|\n",
    b"%YAML 1.1\n",
    b"9" * 40,
    b"\\u0000",
    b"\\ud800",
    b"{}",
    b"[]",
    b"1_000",
    b"0x1",
    b" ",
)


def bytes_of(content: bytes, pick: random.Random, times: int) -> bytes:
    """The content with bytes changed, removed, repeated, or replaced by tokens that have a meaning in a format."""
    for _ in range(times):
        at = pick.randrange(len(content) + 1)
        upto = min(len(content), at + pick.choice((1, 1, 2, 5, 30)))
        how = pick.randrange(5)
        if how == 0:
            content = content[:at] + pick.choice(TOKENS) + content[at:]
        elif how == 1:
            content = content[:at] + content[upto:]
        elif how == 2:
            content = content[:at] + pick.choice(TOKENS) + content[upto:]
        elif how == 3:
            content = content[:upto] + content[at:upto] * pick.choice((1, 3)) + content[upto:]
        elif at < len(content):
            content = content[:at] + bytes([content[at] ^ 1 << pick.randrange(8)]) + content[at + 1 :]
    return content


def table(content: bytes, pick: random.Random, times: int) -> bytes:
    """A CSV table with lines and cells changed, repeated, removed or exchanged."""
    lines = content.decode().splitlines()
    for _ in range(times):
        if not lines:
            break
        at = pick.randrange(len(lines)) if pick.random() < 0.8 else 0
        how = pick.randrange(5)
        if how == 0:
            lines.insert(at, pick.choice(lines))
        elif how == 1:
            del lines[at]
        elif how == 2:
            lines.insert(at, pick.choice(("", " ", ",", '""')))
        else:
            cells = lines[at].split(",")
            cell = pick.choice(("", "0", "-1", "0,5", '"0,5"', "1e300", "nan", "x", "a-0", "999999", cells[0], "1.25"))
            cells[pick.randrange(len(cells))] = cell
            if how == 4:
                pick.shuffle(cells)
            lines[at] = ",".join(cells)
    return ("\n".join(lines) + "\n").encode()
