"""SipHash-2-4 of many words is that of its paper, one by one."""

from __future__ import annotations

import numpy as np

from ncsi.disclosure.siphash import siphash

WHOLE = 2**64 - 1


def turned(word: int, bits: int) -> int:
    return (word << bits | word >> (64 - bits)) & WHOLE


def by_the_paper(key: bytes, message: bytes) -> int:
    """As the paper defines it, of any message."""
    first, second = (int.from_bytes(key[k : k + 8], "little") for k in (0, 8))
    start = b"somepseudorandomlygeneratedbytes"
    state = [
        int.from_bytes(start[k : k + 8], "big") ^ one
        for k, one in zip((0, 8, 16, 24), (first, second, first, second), strict=True)
    ]

    def rounds(number: int) -> None:
        a, b, c, d = state
        for _ in range(number):
            a, c = (a + b) & WHOLE, (c + d) & WHOLE
            b, d = turned(b, 13) ^ a, turned(d, 16) ^ c
            a = turned(a, 32)
            c, a = (c + b) & WHOLE, (a + d) & WHOLE
            b, d = turned(b, 17) ^ c, turned(d, 21) ^ a
            c = turned(c, 32)
        state[:] = a, b, c, d

    padded = message + bytes(7 - len(message) % 8) + bytes([len(message) % 256])
    for at in range(0, len(padded), 8):
        block = int.from_bytes(padded[at : at + 8], "little")
        state[3] ^= block
        rounds(2)
        state[0] ^= block
    state[2] ^= 0xFF
    rounds(4)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def test_it_is_that_of_the_paper():
    """Appendix A: key 00 to 0f, message 00 to 0e."""
    assert by_the_paper(bytes(range(16)), bytes(range(15))) == 0xA129CA6149BE45E5
    rng = np.random.default_rng(1)
    keys, words = (rng.integers(0, WHOLE, shape, dtype=np.uint64, endpoint=True) for shape in ((50, 2), 50))
    words[:2] = 0, WHOLE
    keys[1:3] = 0, WHOLE
    expected = [
        by_the_paper(key.astype("<u8").tobytes(), word.astype("<u8").tobytes())
        for key, word in zip(keys, words, strict=True)
    ]
    assert siphash(keys, words).tolist() == expected


def test_words_and_keys_stay_as_they_are():
    keys, words = np.ones((2, 2), dtype=np.uint64), np.arange(2, dtype=np.uint64)
    siphash(keys, words)
    assert (keys == 1).all()
    assert words.tolist() == [0, 1]
