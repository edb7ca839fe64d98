"""Tests of a whole stack; a package, so that its stack ends with its last test."""
