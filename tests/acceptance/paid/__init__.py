"""Tests of a whole stack whose providers are the fakes."""
