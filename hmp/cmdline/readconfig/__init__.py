"""-readconfig and -set: options in files, and options that later ones change."""
