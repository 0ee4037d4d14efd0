"""Recordings of QEMU: what is typed or sent, and every reply; made, loaded and compared here."""
