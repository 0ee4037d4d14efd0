"""Machine types (boards), their properties, RAM, CPUs and built-in devices."""
