"""WebSocket (RFC 6455) under a character device (docs/qemu-behaviour/chardevs.md §8)."""
