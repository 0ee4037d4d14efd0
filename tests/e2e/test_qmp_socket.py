"""A QMP session on a real socket."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.program import connected, program


def test_a_human_monitor_command_over_the_socket(tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    with program("-qmp", f"unix:{path},server=on,wait=off") as process:
        with (
            connected(path) as client,
            client.makefile("rw", encoding="utf-8", newline="\n") as stream,
        ):

            def ask(text: str) -> dict[str, object]:
                stream.write(text)
                stream.flush()
                answer = json.loads(stream.readline())
                assert isinstance(answer, dict)
                return answer

            assert ask("")["QMP"]
            refused = ask('{"execute":"stop","id":1}')
            assert refused["error"] == {
                "class": "CommandNotFound",
                "desc": "Expecting capabilities negotiation with 'qmp_capabilities'",
            }
            assert ask('{"execute":"qmp_capabilities"}') == {"return": {}}
            line = (
                '{"execute":"human-monitor-command",'
                '"arguments":{"command-line":"info status"},"id":"x"}'
            )
            assert ask(line) == {"return": "VM status: paused (prelaunch)\r\n", "id": "x"}
            assert ask('{"execute":"nope"}')["error"] == {
                "class": "CommandNotFound",
                "desc": "The command nope has not been found",
            }
            assert ask('{"execute":"quit"}')["event"] == "SHUTDOWN"
            assert json.loads(stream.readline()) == {"return": {}}
        assert process.wait(10) == 0
    assert not path.exists()
