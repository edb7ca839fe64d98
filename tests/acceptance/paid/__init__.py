"""Tests of a whole stack whose providers are the fakes: a package, so that its stack ends with its last test."""
