"""Which encoding a text is likely to be in."""

import codecs
from contextlib import suppress

LEAST_ZEROS = 0.3  # of every other byte, in UTF-16
SAMPLE = 100_000  # bytes of lines that are not ASCII
EIGHT_BIT = ["cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r", "cp850"]
EIGHT_BIT += ["shift_jis", "euc_jp", "euc_kr", "gb18030", "big5"]


def find_encoding(content: bytes, current: str) -> str:
    """Return an encoding if it is right, or else the likely one, the Western one before others.

    Args:
        content: The beginning of a file.
        current: The encoding that is right unless something tells otherwise.
    """
    from charset_normalizer import from_bytes

    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for start, wide in ((1, "utf-16-le"), (0, "utf-16-be")):
        if content[start::2].count(0) > LEAST_ZEROS * len(content) / 2:
            return wide
    for encoding in (current, "utf-8"):
        with suppress(UnicodeDecodeError):
            codecs.getincrementaldecoder(encoding)().decode(content)  # the end may be cut
            return encoding
    sample = b"\n".join(line for line in content.splitlines() if not line.isascii())
    for encodings in (["cp1252"], EIGHT_BIT):
        if best := from_bytes(sample[:SAMPLE], cp_isolation=encodings).best():
            return best.encoding
    return "latin-1"
