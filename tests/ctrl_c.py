"""Ctrl-C for command lines that tests start."""

HEARS_CTRL_C = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("server.cli", run_name="__main__")
"""
"""Program that heeds SIGINT: a shell's background processes ignore it, and so would all that the tests start there."""
