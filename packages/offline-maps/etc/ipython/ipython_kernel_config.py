"""Installed to sys.prefix/etc/ipython: every IPython kernel of this environment reads it."""

c = get_config()  # noqa: F821  IPython puts this name here
c.InteractiveShellApp.extensions.append("offline_maps")
