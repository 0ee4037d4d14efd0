"""The checksum of `sum`, against its definition."""

from __future__ import annotations

import random

from hmp.commands.guest_memory.dump import update_checksum


def by_definition(total: int, data: bytes) -> int:
    for byte in data:
        total = ((total >> 1 | total << 15) + byte) & 0xFFFF
    return total


def test_checksum() -> None:
    source = random.Random(5)
    contents = [
        b"",
        b"\xff" * 5000,
        bytes(4096) + b"\x01" + bytes(8191),
        bytes(100),
        *(source.randbytes(source.choice((1, 15, 4096, 4097, 20000))) for _ in range(20)),
    ]
    for data in contents:
        for total in (0, 1, 0x8001, 0xFFFF):
            assert update_checksum(total, data) == by_definition(total, data)
