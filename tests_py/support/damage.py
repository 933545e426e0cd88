"""Files that are damaged as disks, people and programs that die damage them: the same for the same seed."""


def _cut(draw, data):
    at = draw.randrange(len(data))
    return data[:at], f"cut at {at}"


def _bits_flipped(draw, data):
    damaged = bytearray(data)
    places = [draw.randrange(len(data)) for _ in range(draw.choice((1, 1, 2, 8)))]
    for place in places:
        damaged[place] ^= 1 << draw.randrange(8)
    return bytes(damaged), f"bits flipped at {places}"


def _bytes_changed(draw, data):
    damaged = bytearray(data)
    places = [draw.randrange(len(data)) for _ in range(draw.choice((1, 1, 2, 8)))]
    for place in places:
        damaged[place] = draw.choice((0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)))
    return bytes(damaged), f"bytes changed at {places}"


def _range(draw, data):
    start = draw.randrange(len(data))
    return start, min(len(data), start + draw.choice((1, 2, 4, 9, 30, 300, 4096)))


def _overwritten(draw, data):
    start, end = _range(draw, data)
    fill = draw.choice((draw.randbytes, lambda size: b"\0" * size, lambda size: b"\xff" * size))
    return data[:start] + fill(end - start) + data[end:], f"{start} to {end} overwritten"


def _removed(draw, data):
    start, end = _range(draw, data)
    return data[:start] + data[end:], f"{start} to {end} removed"


def _copied(draw, data):
    start, end = _range(draw, data)
    place = draw.choice((end, draw.randrange(len(data))))
    return data[:place] + data[start:end] + data[place:], f"{start} to {end} copied to {place}"


def _exchanged(draw, data):
    start, end = _range(draw, data)
    other = draw.randrange(len(data))
    piece = data[other : other + end - start]
    return data[:start] + piece + data[end:], f"{start} to {end} replaced by what is at {other}"


KINDS = (_cut, _bits_flipped, _bytes_changed, _overwritten, _removed, _copied, _exchanged)


def damaged(draw, data):
    """Other bytes, and what was done to them."""
    while True:
        result, how = draw.choice(KINDS)(draw, data)
        if result != data:
            return result, how
