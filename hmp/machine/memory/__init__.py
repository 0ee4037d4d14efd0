"""Host memory and guest-physical addresses: mappings, preallocation, layout, placement, dumps."""
