"""`hmp --connect libvirt:DOMAIN` in front of a domain that runs in a libvirtd of our own."""
