"""When -tpmdev is checked: after other backends and all objects, as by QEMU."""

from __future__ import annotations

import pytest

from tests.support import run

TPM = ("-tpmdev", "x,id=t")
TYPES = "-tpmdev x,id=t: Parameter 'type' expects a TPM backend type\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-m", "1G,slots=1"), "slots specified but no max-size\n"),
        (
            ("-object", "memory-backend-ram,id=z,size=0"),
            "property 'size' of memory-backend-ram doesn't take value '0'\n",
        ),
        (("-fsdev", "local,id=f"), "-fsdev local,id=f: security_model property not set\n"),
        (("-serial", "foo"), TYPES),
        (("-numa", "node,memdev=x"), TYPES),
    ],
)
def test_which_error_comes_first(options: tuple[str, ...], message: str) -> None:
    done = run("", *TPM, *options)
    assert message in done.stderr
    assert done.returncode == 1 and (message == TYPES) is (TYPES in done.stderr)
