"""The way to a learning platform and back: its download and worksheet in, the same two filled out.

No network and no token: a teacher downloads two files, and uploads two files.
"""
