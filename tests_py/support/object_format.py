"""Redis's object format, written by hand: what DUMP returns and RESTORE takes, of every age."""

import struct

REFLECTED_JONES = 0x95AC9329AC4BC9B5
OUR_VERSION = 10


def _table_entry(byte):
    for _ in range(8):
        byte = byte >> 1 ^ (REFLECTED_JONES if byte & 1 else 0)
    return byte


_TABLE = [_table_entry(byte) for byte in range(256)]


def crc64(data):
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc


def sealed(body, version=OUR_VERSION):
    """The payload for these bytes: a type and a value."""
    checked = body + struct.pack("<H", version)
    return checked + struct.pack("<Q", crc64(checked))


def opened(payload):
    return payload[:-10]


def length(number):
    if number < 1 << 6:
        return bytes([number])
    if number < 1 << 14:
        return struct.pack(">H", 0x4000 | number)
    return b"\x80" + struct.pack(">I", number) if number < 1 << 32 else b"\x81" + struct.pack(">Q", number)


def string(text):
    return length(len(text)) + text


def strings(*texts):
    return b"".join(map(string, texts))


def typed(number, *parts):
    """A payload of this object type."""
    return sealed(bytes([number]) + b"".join(parts))


def _integer_of(text):
    try:
        number = int(text)
    except ValueError:
        return None
    return number if b"%d" % number == text and -(1 << 63) <= number < 1 << 63 else None


def ziplist(*texts):
    """Of Redis 2.2 to 6.2, each integer in the narrowest encoding."""
    entries, sizes = [], [0]
    for text in texts:
        before = sizes[-1]
        head = bytes([before]) if before < 254 else b"\xfe" + struct.pack("<I", before)
        entries.append(head + _ziplist_data(text))
        sizes.append(len(entries[-1]))
    body = b"".join(entries)
    tail = 10 + len(body) - sizes[-1]
    return struct.pack("<IIH", 11 + len(body), tail, min(len(texts), 65535)) + body + b"\xff"


def _ziplist_data(text):
    number = _integer_of(text)
    if number is None:
        if len(text) < 64:
            return bytes([len(text)]) + text
        if len(text) < 16384:
            return struct.pack(">H", 0x4000 | len(text)) + text
        return b"\x80" + struct.pack(">I", len(text)) + text
    if 0 <= number <= 12:
        return bytes([0xF1 + number])
    for first, width in ((0xFE, 1), (0xC0, 2), (0xF0, 3), (0xD0, 4), (0xE0, 8)):
        if -(1 << 8 * width - 1) <= number < 1 << 8 * width - 1:
            return bytes([first]) + number.to_bytes(width, "little", signed=True)
    raise ValueError(text)


def zipmap(*texts, unused=0):
    """Of Redis before 2.6: fields and values in turn."""
    body = b"".join(
        _zipmap_length(text) + (bytes([unused]) if place % 2 else b"") + text +
        (b"\0" * unused if place % 2 else b"")
        for place, text in enumerate(texts)
    )
    return bytes([min(len(texts) // 2, 254)]) + body + b"\xff"


def _zipmap_length(text):
    return bytes([len(text)]) if len(text) < 254 else b"\xfe" + struct.pack("<I", len(text))


def listpack(*texts):
    body = b"".join(element + _listpack_back(len(element)) for element in map(_listpack_data, texts))
    return struct.pack("<IH", 7 + len(body), min(len(texts), 65535)) + body + b"\xff"


def _listpack_back(size):
    back = [size & 127]
    while size := size >> 7:
        back.insert(0, size & 127)
    return bytes([back[0]] + [byte | 128 for byte in back[1:]])


def _listpack_data(text):
    number = _integer_of(text)
    if number is None:
        if len(text) < 64:
            return bytes([0x80 | len(text)]) + text
        if len(text) < 4096:
            return struct.pack(">H", 0xE000 | len(text)) + text
        return b"\xf0" + struct.pack("<I", len(text)) + text
    if 0 <= number <= 127:
        return bytes([number])
    if -4096 <= number < 4096:
        return struct.pack(">H", 0xC000 | number & 0x1FFF)
    for first, width in ((0xF1, 2), (0xF2, 3), (0xF3, 4), (0xF4, 8)):
        if -(1 << 8 * width - 1) <= number < 1 << 8 * width - 1:
            return bytes([first]) + number.to_bytes(width, "little", signed=True)
    raise ValueError(text)


def intset(*numbers, width=2):
    digits = b"".join(number.to_bytes(width, "little", signed=True) for number in numbers)
    return struct.pack("<II", width, len(numbers)) + digits


def text_score(score):
    """A score as Redis wrote it before 4.0."""
    special = {"nan": b"\xfd", "inf": b"\xfe", "-inf": b"\xff"}.get(score)
    return special or bytes([len(score)]) + score.encode()


def score(number):
    return struct.pack("<d", number)
