"""The records of the commands about objects and devices, whose handlers are imported when they are
first called: they need much of the machine, and many sessions only look at it.
"""

from __future__ import annotations

from hmp.commands.command import CommandGroup, LazyHandler
from hmp.grammar.parameters import Flag, KeyvalOrJson, Opts, Refers, Rest, Word

GROUP = CommandGroup()
_MACHINE = "hmp.machine"
_PATH = (Word("path", Refers.PATH, optional=True),)

GROUP.add(
    "object_add",
    syntax=(KeyvalOrJson("options", "qom-type"),),
    parameters="[qom-type=]type,id=str[,prop=value][,...]",
    help="create an object such as a memory backend",
    check=LazyHandler("objects", "check_object_add"),
)(LazyHandler("objects", "object_add"))
GROUP.add(
    "object_del",
    syntax=(Word("id", Refers.OBJECT),),
    parameters="id",
    help="delete an object",
    check=LazyHandler("backends.create", "find_deletable", _MACHINE),
)(LazyHandler("objects", "object_del"))
GROUP.add(
    "device_add",
    syntax=(Opts("options", "driver"),),
    parameters="driver[,prop=value][,...]",
    help="plug a device; `device_add TYPE,help` lists its properties",
    check=LazyHandler("objects", "check_device_add"),
)(LazyHandler("objects", "device_add"))
GROUP.add(
    "device_del",
    syntax=(Word("device", Refers.DEVICE),),
    parameters="device",
    help="ask the guest to release a device",
    check=LazyHandler("devices.plug", "find_removable", _MACHINE),
)(LazyHandler("objects", "device_del"))
GROUP.add(
    "qom-list",
    syntax=_PATH,
    parameters="path",
    help="list the properties of an object",
    check=LazyHandler("qom", "check_qom_list"),
)(LazyHandler("qom", "qom_list"))
GROUP.add(
    "qom-get",
    syntax=(Word("path", Refers.PATH), Word("property", Refers.PROPERTY)),
    parameters="path property",
    help="show a property of an object",
    check=LazyHandler("qom", "check_qom_get"),
)(LazyHandler("qom", "qom_get"))
GROUP.add(
    "qom-set",
    syntax=(
        Flag("json", "j"),
        Word("path", Refers.PATH),
        Word("property", Refers.SETTABLE_PROPERTY),
        Rest("value", Refers.PROPERTY_VALUE),
    ),
    parameters="[-j] path property value",
    help="set a property of an object; -j: the value is JSON",
    check=LazyHandler("qom", "check_qom_set"),
)(LazyHandler("qom", "qom_set"))
GROUP.add_info(
    "qom-tree",
    syntax=_PATH,
    parameters="[path]",
    help="show the object tree",
    check=LazyHandler("qom", "check_qom_tree"),
)(LazyHandler("qom", "info_qom_tree"))
