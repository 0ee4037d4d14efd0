"""Events: their order among replies, who receives them, and throttling."""

from __future__ import annotations

from hmp.serve.protocols import QmpProtocol
from hmp.testing import InProcessMachine, machine

MIB = 1 << 20


def sizes(double: InProcessMachine) -> list[tuple[object, object]]:
    return [
        (event.data["id"], event.data["size"])
        for event in double.events
        if event.name == "MEMORY_DEVICE_SIZE_CHANGE"
    ]


def test_size_events_are_throttled_per_device() -> None:
    with machine("-m 1G,maxmem=8G") as double:
        for name in "ab":
            double.execute(f"object_add memory-backend-ram,id=m{name},size=1G")
            double.execute(
                f"device_add virtio-mem-pci,id={name},memdev=m{name},requested-size=512M"
            )
        assert sizes(double) == [("a", 128 * MIB), ("b", 128 * MIB)]
        double.execute("qom-set a requested-size 256M")
        double.advance(0.9)
        assert len(sizes(double)) == 2
        double.advance(0.1)
        assert sizes(double)[2:] == [("a", 256 * MIB), ("b", 512 * MIB)]
        double.execute("qom-set b requested-size 0")
        double.advance(0.9)
        assert len(sizes(double)) == 4
        double.advance(0.2)
        assert sizes(double)[4:] == [("b", 0)]
        double.advance(5)
        double.execute("qom-set b requested-size 2M")
        assert sizes(double)[5:] == [("b", 2 * MIB)]


def test_only_negotiated_clients_receive_events() -> None:
    with machine("-S -m 128M") as double:
        received: list[list[bytes]] = [[], [], []]
        protocols = [QmpProtocol(double.machine, sent.append) for sent in received]
        for protocol in protocols:
            protocol.greet()
        for protocol in protocols[:2]:
            assert [piece.octets for piece in protocol.feed('{"execute": "qmp_capabilities"}')] == [
                b'{"return": {}}\r\n'
            ]
        protocols[1].leave()
        double.execute("cont")
        assert [len(sent) for sent in received] == [1, 0, 0]
        assert received[0][0].endswith(b'"event": "RESUME"}\r\n')


def test_the_guest_answers_after_the_reply_and_before_the_next_request() -> None:
    with machine() as double:
        sent: list[bytes] = []
        protocol = QmpProtocol(double.machine, sent.append)
        protocol.greet()
        requests = [
            '{"execute": "qmp_capabilities"}',
            '{"execute": "object-add", "arguments": {"qom-type": "memory-backend-ram", "id": "m", '
            '"size": 2097152}}',
            '{"execute": "device_add", "arguments": {"driver": "pc-dimm", "id": "d", "memdev": '
            '"m"}}',
            '{"execute": "device_del", "arguments": {"id": "d"}}',
            '{"execute": "object-del", "arguments": {"id": "m"}}',
        ]
        order: list[str] = []
        for piece in protocol.feed("".join(requests)):
            order.append(piece.octets.decode().strip())
            sent.clear()
            double.machine.run_guest()
            order += [name for data in sent for name in ("OST", "DELETED") if name in data.decode()]
        ok = '{"return": {}}'
        assert order == [ok, ok, ok, "OST", ok, "OST", "DELETED", "OST", ok]
