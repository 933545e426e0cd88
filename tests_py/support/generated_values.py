"""Values of every type and size, the same for the same seed: as the commands that make them."""

import random

from support.implemented import ALL_COMMANDS

# The limits of the encodings, and what lies beside them.
SIZES = [1, 1, 2, 3, 7, 20, 50, 127, 128, 129, 200, 512, 513, 700]
MANY = 64  # Elements in one command.


class Texts:
    """Draws strings that the encodings treat differently."""

    def __init__(self, draw):
        self._draw = draw
        self._kinds = [self._small, self._integer, self._word, self._bytes, self._repeated]

    def _small(self):
        return b"%d" % self._draw.randint(-20, 140)

    def _integer(self):
        return b"%d" % (self._draw.choice((1, -1)) * self._draw.getrandbits(self._draw.randint(1, 63)))

    def _word(self):
        return b"word:%d" % self._draw.randint(0, 10_000)

    def _bytes(self):
        return self._draw.randbytes(self._draw.choice((0, 1, 5, 44, 63, 64, 65)))

    def _repeated(self):
        return b"%d,ab" % self._draw.randint(0, 999) * self._draw.choice((3, 12, 100))

    def huge(self):
        return self._draw.choice((self._draw.randbytes, lambda size: b"huge" * (size // 4)))(20_000)

    def of_one_kind(self, count):
        kind = self._draw.choice(self._kinds)
        return [kind() for _ in range(count)]

    def mixed(self, count):
        return [self._draw.choice(self._kinds)() for _ in range(count)]

    def some(self):
        count = self._draw.choice(SIZES)
        texts = self._draw.choice((self.of_one_kind, self.mixed))(count)
        if self._draw.random() < 0.05:
            texts[self._draw.randrange(count)] = self.huge()
        return texts


def scores(draw, count):
    kinds = [
        lambda: b"%d" % draw.randint(-100, 100), lambda: repr(draw.uniform(-1e9, 1e9)).encode(),
        lambda: draw.choice((b"inf", b"-inf", b"-0", b"0", b"1e300", b"4.9e-324", b"9007199254740993")),
    ]
    kind = draw.choice(kinds + [lambda: draw.choice(kinds)()])
    return [kind() for _ in range(count)]


def in_pieces(command, key, words, step):
    words = [word for group in words for word in group]
    for start in range(0, len(words), MANY * step):
        yield (command, key, *words[start : start + MANY * step])


def _string(draw, texts, key):
    text = draw.choice((texts.of_one_kind(1)[0], texts.huge(), b"".join(texts.some())))
    yield ("SET", key, text)
    if draw.random() < 0.2:
        yield ("APPEND", key, b"x")


def _list(draw, texts, key):
    yield from in_pieces(draw.choice(("RPUSH", "LPUSH")), key, [(text,) for text in texts.some()], 1)


def _set(draw, texts, key):
    yield from in_pieces("SADD", key, [(text,) for text in texts.some()], 1)


def _sorted_set(draw, texts, key):
    members = texts.some()
    yield from in_pieces("ZADD", key, zip(scores(draw, len(members)), members), 2)


def _hash(draw, texts, key):
    names = texts.some()
    yield from in_pieces("HSET", key, zip(names, texts.mixed(len(names))), 2)


KINDS = {"set": _string, "rpush": _list, "sadd": _set, "zadd": _sorted_set, "hset": _hash}


def generated_values(count, seed=1):
    """(key, commands that make its value) `count` times."""
    draw = random.Random(seed)
    texts = Texts(draw)
    makers = [maker for command, maker in KINDS.items() if command in ALL_COMMANDS]
    for number in range(count):
        key = b"value:%d" % number
        yield key, list(makers[number % len(makers)](draw, texts, key))
