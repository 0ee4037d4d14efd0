"""Help texts of the console: descriptions of properties and types, examples, extra help pages."""
