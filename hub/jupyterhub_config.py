"""JupyterHub for one class on one machine: `python3 course.py hub TEACHER` makes what it needs.

Everybody enters with their account on this machine. The teacher lands in Formgrader; learners
get the course in JupyterLab, with the list of exercises and without the teacher's menus.
"""

import json
import os
import pwd
from pathlib import Path

c = get_config()  # noqa: F821 (JupyterHub provides it)

HUB = Path(__file__).resolve().parent
COURSE = HUB.parent
PROGRAMS = COURSE / ".venv" / "bin"
STATE = HUB / "state"  # closed to other accounts: the secrets of the hub
TEACHERS = set(json.loads((STATE / "class.json").read_text("utf-8"))["teachers"])

# On this machine alone: put a web server with HTTPS before it (TEACHING.md).
c.JupyterHub.bind_url = "http://127.0.0.1:8000"

c.JupyterHub.authenticator_class = "pam"
c.Authenticator.allow_all = True
c.Authenticator.admin_users = set()

c.JupyterHub.db_url = f"sqlite:///{STATE}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")
c.ConfigurableHTTPProxy.command = [str(HUB / "node_modules" / ".bin" / "configurable-http-proxy")]
c.ConfigurableHTTPProxy.pid_file = str(STATE / "proxy.pid")
c.JupyterHub.cleanup_servers = True

c.JupyterHub.spawner_class = "localprocess"
c.Spawner.start_timeout = c.Spawner.http_timeout = 120  # a class logs in at one moment
# Whoever is done for the day leaves a server with its kernels behind.
c.Spawner.args = [
    "--ServerApp.shutdown_no_activity_timeout=7200",
    "--MappingKernelManager.cull_idle_timeout=3600",
]


def set_up(spawner):
    """Give the teacher Formgrader, and a learner the course, each with settings of their own."""
    name = spawner.user.name
    role = "teacher" if name in TEACHERS else "learner"
    settings = [HUB / role, HUB / "everyone"]
    spawner.environment = {
        "PATH": os.pathsep.join([str(PROGRAMS), "/usr/local/bin", "/usr/bin", "/bin"]),
        "JUPYTER_CONFIG_PATH": os.pathsep.join(map(str, settings)),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a warning about frozen modules
    }
    if role == "teacher":
        spawner.cmd = [str(PROGRAMS / "jupyterhub-singleuser")]
        spawner.default_url = "/formgrader"
    else:
        spawner.cmd = [str(PROGRAMS / "python"), str(HUB / "learner_server.py")]
        spawner.notebook_dir = str(Path(pwd.getpwnam(name).pw_dir) / "reading-the-summit")
        spawner.default_url = "/lab/tree/lessons/00_start_here.ipynb"


c.Spawner.pre_spawn_hook = set_up
