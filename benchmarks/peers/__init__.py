"""The other side of each ratio: the least that a plain program does for the same outcome."""
