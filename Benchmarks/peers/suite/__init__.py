"""The systems that are compared, the work they do, and what is told about it."""
