"""Tests of what QEMU itself says run where it is installed."""

from __future__ import annotations

import shutil

import pytest

from scripts.lib import QEMU

needs_reference = pytest.mark.skipif(
    shutil.which(QEMU) is None, reason="reference-qemu is not installed"
)
