"""Fuzzing of what reads input of others."""
