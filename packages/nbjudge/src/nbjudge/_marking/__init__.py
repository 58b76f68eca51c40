"""Marking by question: all answers to one question on one page, names hidden, on this machine."""
