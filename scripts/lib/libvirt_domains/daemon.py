"""A libvirtd of our own, which sees folders of its own in place of the host's."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

# libvirtd keeps its state in these; each is an empty file system in the daemon's mount namespace.
PRIVATE = ("/run", "/var/lib", "/var/cache", "/var/log", "/etc/libvirt")
QEMU_CONF = """\
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
stdio_handler = "file"
namespaces = []
cgroup_controllers = []
"""
LIBVIRTD_CONF = """\
unix_sock_dir = "{folder}"
auth_unix_rw = "none"
auth_unix_ro = "none"
log_outputs = "3:file:{folder}/libvirtd.log"
"""
# Debian's libvirt looks for this user and its group before it reads its configuration; the package
# of the system's libvirtd makes them.
USER = "libvirt-qemu"
SECONDS_TO_START = 60
LIBRARIES = "usr/lib/x86_64-linux-gnu"


class Libvirt:
    """Starts the programs of the installed libvirt, or of one that is unpacked below `root`."""

    def __init__(self, root: str) -> None:
        self.root = root

    def command(self, program: str) -> list[str]:
        """Return the words that start a program of libvirt."""
        if not self.root:
            return [program]
        libraries = f"{self.root}/{LIBRARIES}"
        return [
            f"{libraries}/ld-linux-x86-64.so.2",
            "--library-path",
            f"{libraries}:{libraries}/libvirt/connection-driver:{libraries}/systemd",
            next(
                path
                for folder in ("usr/sbin", "usr/bin", "usr/libexec")
                if os.path.exists(path := f"{self.root}/{folder}/{program}")
            ),
        ]

    def environment(self) -> dict[str, str]:
        """Return the variables that lead an unpacked libvirt to its own modules."""
        if not self.root:
            return {}
        return {"LIBVIRT_DRIVER_DIR": f"{self.root}/{LIBRARIES}/libvirt/connection-driver"}

    def mounts(self) -> str:
        """Return the shell commands that put an unpacked libvirt's data where it looks for it."""
        if not self.root:
            return ""
        return f"mount --bind {self.root}/usr/share /usr/share\n"


class Daemon:
    """A libvirtd with a folder for its sockets and logs, and the virsh that speaks to it."""

    def __init__(self, libvirt: Libvirt, folder: Path) -> None:
        self.libvirt = libvirt
        self.folder = folder
        self.socket = folder / "libvirt-sock"
        (folder / "qemu.conf").write_text(QEMU_CONF, encoding="utf-8")
        (folder / "libvirtd.conf").write_text(LIBVIRTD_CONF.format(folder=folder), encoding="utf-8")
        for file, entry in (
            ("passwd", f"{USER}:x:64055:64055::/:/bin/false"),
            ("group", f"{USER}:x:64055:"),
        ):
            (folder / file).write_text(
                Path("/etc", file).read_text(encoding="utf-8") + entry + "\n", encoding="utf-8"
            )
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c"]
            + [self._script()],
            stdin=subprocess.DEVNULL,
            stdout=(folder / "stdout").open("wb"),
            stderr=subprocess.STDOUT,
            env={**os.environ, **libvirt.environment()},
            start_new_session=True,
        )
        deadline = time.monotonic() + SECONDS_TO_START
        while not self.socket.exists():
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.close()
                raise SystemExit(
                    "libvirtd does not start: "
                    + (folder / "stdout").read_text(encoding="utf-8", errors="replace")
                    + (folder / "libvirtd.log").read_text()
                )
            time.sleep(0.1)

    def _script(self) -> str:
        # The shell waits for the processes whose parents ended, as an init does.
        daemon = " ".join(self.libvirt.command("libvirtd"))
        folders = " && ".join(
            [f"mount -t tmpfs none {path}" for path in PRIVATE]
            + [f"mount --bind {self.folder}/{file} /etc/{file}" for file in ("passwd", "group")]
        )
        return (
            f"{folders} && {self.libvirt.mounts()}"
            f"cp {self.folder}/qemu.conf /etc/libvirt/qemu.conf && "
            f"{{ {daemon} --config {self.folder}/libvirtd.conf & wait; }}"
        )

    def virsh(self, *words: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command of virsh and return its exit status and what it printed."""
        where = f"qemu+unix:///system?socket={self.socket}"
        return subprocess.run(
            ["timeout", "-s", "KILL", str(seconds), *self.libvirt.command("virsh"), "-c", where]
            + list(words),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **self.libvirt.environment()},
        )

    def close(self) -> None:
        """End the daemon; all that it started ends with its process namespace."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
