"""Trials: whole runs of customer_users under bad conditions, against the emulator; how to run them is in run.py."""
