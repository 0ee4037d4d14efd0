"""The guest's NUMA nodes as options describe them: their CPUs and memory, distances, latencies and
caches.
"""
