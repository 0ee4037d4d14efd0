"""User-creatable objects: memory backends, thread contexts, secrets."""
