"""The kinds of domain, as virt-install writes them, and what is attached to each while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

DISK = """\
<disk type="file" device="disk"><driver name="qemu" type="{format}"/>
<source file="{folder}/{file}"/><target dev="{target}" bus="{bus}"/></disk>"""
CDROM = """\
<disk type="file" device="cdrom"><driver name="qemu" type="raw"/><source file="{folder}/cd.iso"/>
<target dev="{target}" bus="{bus}"/><readonly/></disk>"""
INTERFACE = """\
<interface type="user"><mac address="{mac}"/><model type="{model}"/></interface>"""
DIMM = """\
<memory model="dimm"><target><size unit="MiB">{size}</size>{node}</target></memory>"""
VIRTIO_MEM = """\
<memory model="virtio-mem"><target><size unit="MiB">{size}</size>{node}<block unit="MiB">2</block>
<requested unit="MiB">{requested}</requested></target><alias name="{alias}"/></memory>"""
CONSOLE = '<serial type="pty"/><console type="pty"><target type="serial"/></console>'
AGENT = '<channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0"/></channel>'
RNG = '<rng model="virtio"><backend model="random">/dev/urandom</backend></rng>'
VNC = '<graphics type="vnc" port="-1" autoport="yes" passwd="{password}"/>'
BALLOON = '<memballoon model="virtio"><stats period="5"/></memballoon>'
NO_BALLOON = '<memballoon model="none"/>'
TABLET = '<input type="tablet" bus="usb"/>'
PC_VIDEO = '<video><model type="vga" vram="16384" heads="1"/></video>'
VIRTIO_VIDEO = '<video><model type="virtio" heads="1"/></video>'
FEATURES = "<features><acpi/><apic/></features>"
TWO_CELLS = """\
<cpu><topology sockets="2" cores="2" threads="1"/><numa>
<cell id="0" cpus="0-1" memory="512" unit="MiB">{distances0}</cell>
<cell id="1" cpus="2-3" memory="512" unit="MiB">{distances1}</cell></numa></cpu>"""
ONE_CELL = """\
<cpu><numa><cell id="0" cpus="0-{last}" memory="1024" unit="MiB"{more}/></numa></cpu>"""
HUGE_PAGES = '<memoryBacking><hugepages><page size="2" unit="MiB"/></hugepages></memoryBacking>'
MEMFD = '<memoryBacking><source type="memfd"/><access mode="shared"/></memoryBacking>'
HUGE_CELLS = """\
<memoryBacking><hugepages><page size="2" unit="MiB" nodeset="0-1"/></hugepages></memoryBacking>
<numatune><memnode cellid="0" mode="strict" nodeset="0"/>
<memnode cellid="1" mode="preferred" nodeset="0"/></numatune>"""
NVDIMM = """\
<memory model="nvdimm"><source><path>{folder}/{file}</path></source><target>
<size unit="MiB">64</size><node>0</node><label><size unit="KiB">128</size></label>
</target></memory>"""
SHARE = """\
<filesystem type="mount"><driver type="virtiofs"/><source socket="{folder}/fs.sock"/>
<target dir="share"/></filesystem>"""
EXPANDER = """\
<controller type="pci" index="15" model="pcie-expander-bus"><target busNr="180"><node>1</node>
</target></controller>"""
EXPANDED = """\
<controller type="pci" index="16" model="pcie-root-port">
<address type="pci" bus="15" slot="0" function="0"/></controller>"""
FIRMWARE = """\
<loader readonly="yes" type="pflash">{folder}/CODE.fd</loader>
<nvram template="{folder}/VARS.fd">{folder}/nvram.fd</nvram>"""
ARGUMENTS = """\
<commandline xmlns="http://libvirt.org/schemas/domain/qemu/1.0"><arg value="{option}"/>
<arg value="{value}"/></commandline>"""
SLOTS = '<maxMemory slots="{slots}" unit="MiB">{size}</maxMemory>'


class Kind(NamedTuple):
    """A domain and what is plugged into it.

    `above` are the elements before <devices>, `firmware` those of <os>, `arguments` those after
    <devices>; `plugged` are those that attach-device gets, each with a name for the list of steps.
    With `refused` the emulator must not start, and say so.
    """

    name: str
    machine: str
    above: tuple[str, ...]
    devices: tuple[str, ...]
    plugged: tuple[tuple[str, str], ...] = ()
    memory: int = 1024
    cpus: str = "<vcpu>2</vcpu>"
    maximal_cpus: int = 0
    virtual: str = "qemu"
    firmware: str = ""
    arguments: str = ""
    refused: str = ""

    def xml(self, folder: str, emulator: str) -> str:
        """Return the domain's XML; `folder` holds its images."""
        above = "\n".join((FEATURES, *self.above))
        return f"""\
<domain type="{self.virtual}">
<name>{self.name}</name>
{above}
<memory unit="MiB">{self.memory}</memory>
{self.cpus}
<os><type arch="x86_64" machine="{self.machine}">hvm</type>{self.firmware}<boot dev="hd"/></os>
<clock offset="utc"><timer name="rtc" tickpolicy="catchup"/><timer name="pit" tickpolicy="delay"/>
<timer name="hpet" present="no"/></clock>
<pm><suspend-to-mem enabled="no"/><suspend-to-disk enabled="no"/></pm>
<devices><emulator>{emulator}</emulator>
{chr(10).join(self.devices)}
</devices>{self.arguments}</domain>
""".replace("{folder}", folder)


def _disk(target: str, bus: str, file: str = "disk.qcow2") -> str:
    return DISK.format(
        folder="{folder}", file=file, target=target, bus=bus, format=file.rpartition(".")[2]
    )


def _cdrom(target: str, bus: str) -> str:
    return CDROM.format(folder="{folder}", target=target, bus=bus)


def _floppy() -> str:
    return """\
<disk type="file" device="floppy"><driver name="qemu" type="raw"/><source file="{folder}/fd.raw"/>
<target dev="fda" bus="fdc"/></disk>"""


def _interface(last: int, model: str = "virtio") -> str:
    return INTERFACE.format(mac=f"52:54:00:15:0c:{last:02x}", model=model)


def _dimm(size: int, node: int | None = 0) -> str:
    return DIMM.format(size=size, node="" if node is None else f"<node>{node}</node>")


def _virtio_mem(size: int, requested: int, node: int = 0) -> str:
    return VIRTIO_MEM.format(
        size=size, requested=requested, node=f"<node>{node}</node>", alias=f"ua-vmem-{size}"
    )


def _slots(size: int, slots: int = 4) -> str:
    return SLOTS.format(slots=slots, size=size)


def _usb(model: str) -> str:
    return f'<controller type="usb" model="{model}"/>'


def _ich9() -> Iterator[str]:
    yield '<controller type="usb" index="0" model="ich9-ehci1"/>'
    for number, port in ((1, 0), (2, 2), (3, 4)):
        yield (
            f'<controller type="usb" index="0" model="ich9-uhci{number}">'
            f'<master startport="{port}"/></controller>'
        )


ROOT_PORTS = ('<controller type="pci" model="pcie-root"/>',) + (
    '<controller type="pci" model="pcie-root-port"/>',
) * 14
ONE = ONE_CELL.format(last=1, more="")
EXTRA_DISK = ("disk", _disk("vdb", "virtio", "second.raw"))
EXTRA_INTERFACE = ("interface", _interface(0x99))
DISTANCES = {
    "distances0": '<distances><sibling id="0" value="10"/><sibling id="1" value="21"/></distances>',
    "distances1": '<distances><sibling id="0" value="21"/><sibling id="1" value="10"/></distances>',
}
NO_DISTANCES = dict.fromkeys(DISTANCES, "")
KINDS = (
    Kind(
        "pc-defaults",
        "pc",
        (),
        (_disk("vda", "virtio"), _interface(1), CONSOLE, TABLET, VNC.format(password="ab12"))
        + (PC_VIDEO, BALLOON, RNG),
        (EXTRA_DISK, EXTRA_INTERFACE),
    ),
    Kind(
        "q35-defaults",
        "q35",
        (),
        (_disk("vda", "virtio"), _cdrom("sda", "sata"), _interface(2), *ROOT_PORTS)
        + (_usb("qemu-xhci"), CONSOLE, AGENT, TABLET, VNC.format(password="ab12"))
        + (VIRTIO_VIDEO, BALLOON, RNG, '<sound model="ich9"/>')
        + ('<watchdog model="i6300esb" action="reset"/>',),
        (EXTRA_DISK, EXTRA_INTERFACE),
    ),
    Kind(
        "pc-dimms",
        "pc",
        (_slots(6144, 8), ONE),
        (_disk("hda", "ide"), _cdrom("hdc", "ide"), _interface(3, "e1000"), CONSOLE, BALLOON)
        + (_dimm(256),),
        (("dimm", _dimm(512)), ("second-dimm", _dimm(128))),
    ),
    Kind(
        "q35-virtio-mem",
        "q35",
        (_slots(8192), ONE),
        (_disk("vda", "virtio"), *ROOT_PORTS, _interface(4), CONSOLE, AGENT, BALLOON)
        + (_virtio_mem(1024, 256),),
        (("virtio-mem", _virtio_mem(512, 128)), EXTRA_DISK),
    ),
    Kind(
        "pc-cells",
        "pc",
        (_slots(4096), TWO_CELLS.format(**NO_DISTANCES)),
        (_disk("vda", "virtio"), _interface(5), CONSOLE, PC_VIDEO, VNC.format(password="ab12"))
        + (BALLOON,),
        (("dimm", _dimm(256, 1)), EXTRA_INTERFACE),
        cpus="<vcpu>4</vcpu>",
    ),
    Kind(
        "q35-distances",
        "q35",
        (_slots(4096), TWO_CELLS.format(**DISTANCES)),
        (_disk("vda", "virtio"), *ROOT_PORTS, _interface(6), CONSOLE, BALLOON, RNG),
        (("dimm", _dimm(256, 1)), ("virtio-mem", _virtio_mem(256, 64, 1))),
        cpus="<vcpu>4</vcpu>",
    ),
    Kind(
        "pc-kvm",
        "pc",
        (_slots(4096), ONE),
        (_disk("vda", "virtio"), _interface(7), CONSOLE, AGENT, BALLOON, RNG),
        (("dimm", _dimm(256)), EXTRA_DISK),
        virtual="kvm",
    ),
    Kind(
        "q35-kvm",
        "q35",
        ('<cpu mode="host-passthrough" migratable="on"/>',),
        (_disk("vda", "virtio"), *ROOT_PORTS, _interface(8), CONSOLE, AGENT, BALLOON)
        + ('<panic model="isa"/>', '<iommu model="intel"/>'),
        (EXTRA_DISK, EXTRA_INTERFACE),
        virtual="kvm",
    ),
    Kind(
        "q35-memfd",
        "q35",
        (_slots(4096), ONE, MEMFD),
        (_disk("vda", "virtio"), *ROOT_PORTS, _interface(9), CONSOLE, NO_BALLOON, AGENT)
        + ('<video><model type="none"/></video>', _usb("none")),
        (("dimm", _dimm(256)), ("virtio-mem", _virtio_mem(256, 64))),
    ),
    Kind(
        "pc-huge-pages",
        "pc",
        (_slots(1024), ONE_CELL.format(last=1, more="").replace("1024", "64"), HUGE_PAGES),
        (_disk("vda", "virtio"), _interface(10), CONSOLE, BALLOON),
        (("dimm", _dimm(32)),),
        memory=64,
    ),
    Kind(
        "q35-scsi",
        "q35",
        (),
        ('<controller type="scsi" model="virtio-scsi"/>', _disk("sda", "scsi"), *ROOT_PORTS)
        + (_cdrom("sdb", "sata"), _interface(11, "e1000e"), CONSOLE, BALLOON, *_ich9(), TABLET),
        (("scsi-disk", _disk("sdc", "scsi", "second.raw")), EXTRA_INTERFACE),
    ),
    Kind(
        "pc-processors",
        "pc",
        (_slots(4096), ONE_CELL.format(last=3, more="")),
        (_disk("vda", "virtio"), _interface(12, "rtl8139"), CONSOLE, BALLOON)
        + ('<watchdog model="ib700" action="none"/>', '<sound model="ac97"/>'),
        (("dimm", _dimm(128)), EXTRA_DISK),
        cpus='<vcpu current="1">4</vcpu>',
        maximal_cpus=4,
    ),
    Kind(
        "q35-processors",
        "q35",
        ('<cpu mode="custom"><model>qemu64</model></cpu>',),
        (_disk("vda", "virtio"), *ROOT_PORTS, _interface(13), CONSOLE, AGENT, BALLOON, RNG)
        + ('<input type="keyboard" bus="virtio"/>', '<input type="mouse" bus="usb"/>'),
        (EXTRA_DISK, EXTRA_INTERFACE),
        cpus='<vcpu current="2">4</vcpu>',
        maximal_cpus=4,
    ),
    Kind(
        "pc-usb",
        "pc",
        (),
        (_usb("nec-xhci"), _disk("vda", "virtio"), _disk("sda", "usb", "usb.raw"), _interface(14))
        + (CONSOLE, '<parallel type="null"/>', TABLET, VNC.format(password="ab12"), BALLOON)
        + ('<video><model type="cirrus"/></video>', "<tpm/>" * 0, '<panic model="isa"/>'),
        (EXTRA_DISK, EXTRA_INTERFACE),
    ),
    Kind(
        "q35-uefi",
        "q35",
        (_slots(4096), ONE),
        (_disk("vda", "virtio"), *ROOT_PORTS, _cdrom("sda", "sata"), _interface(15), CONSOLE)
        + (VIRTIO_VIDEO, BALLOON, RNG, '<watchdog model="i6300esb" action="poweroff"/>'),
        (("dimm", _dimm(128)), EXTRA_DISK),
        firmware=FIRMWARE,
    ),
    Kind(
        "pc-drives",
        "pc",
        (),
        (_disk("hda", "ide"), _cdrom("hdc", "ide"), '<controller type="sata" index="0"/>')
        + (_disk("sda", "sata", "second.raw"), _cdrom("sdb", "sata"), _floppy(), _interface(16))
        + (CONSOLE, BALLOON, '<controller type="scsi" model="lsilogic"/>'),
        (EXTRA_INTERFACE,),
    ),
    Kind(
        "q35-nvdimm",
        "q35",
        (_slots(4096), ONE),
        (_disk("vda", "virtio"), *ROOT_PORTS, _interface(17), CONSOLE, BALLOON)
        + (NVDIMM.replace("{file}", "nv0.img"),),
        (("nvdimm", NVDIMM.replace("{file}", "nv1.img")), ("dimm", _dimm(256))),
    ),
    Kind(
        "pc-huge-cells",
        "pc",
        (_slots(1024), TWO_CELLS.format(**NO_DISTANCES).replace("512", "32"), HUGE_CELLS),
        (_disk("vda", "virtio"), _interface(18), CONSOLE, BALLOON),
        (("dimm", _dimm(16, 1)), EXTRA_DISK),
        memory=64,
        cpus="<vcpu>4</vcpu>",
    ),
    Kind(
        "q35-shared-folder",
        "q35",
        (_slots(4096), ONE, MEMFD),
        (_disk("vda", "virtio"), *ROOT_PORTS, _interface(19), CONSOLE, BALLOON, SHARE),
        (("dimm", _dimm(256)), EXTRA_DISK),
    ),
    Kind(
        "q35-expander",
        "q35",
        (_slots(4096), TWO_CELLS.format(**DISTANCES)),
        (_disk("vda", "virtio"), *ROOT_PORTS, EXPANDER, EXPANDED, CONSOLE, BALLOON)
        + (_virtio_mem(512, 128, 1),),
        (EXTRA_INTERFACE, ("dimm", _dimm(256, 1))),
        cpus="<vcpu>4</vcpu>",
    ),
    Kind(
        "q35-no-tpm",
        "q35",
        (),
        (_disk("vda", "virtio"), *ROOT_PORTS, CONSOLE, BALLOON),
        arguments=ARGUMENTS.format(
            option="-chardev", value="socket,id=chrtpm,path={folder}/absent.sock"
        ),
        refused="absent.sock': No such file or directory",
    ),
    Kind(
        "q35-no-host-device",
        "q35",
        (),
        (_disk("vda", "virtio"), *ROOT_PORTS, CONSOLE, BALLOON),
        arguments=ARGUMENTS.format(option="-device", value="vfio-pci,host=0000:65:00.0"),
        refused="vfio /sys/bus/pci/devices/0000:65:00.0: no such host device",
    ),
)
