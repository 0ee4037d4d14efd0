"""The CPUs of the machine: their models, topology and NUMA nodes. None of them runs."""
