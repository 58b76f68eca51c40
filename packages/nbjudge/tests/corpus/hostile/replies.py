"""The channel between kernel and judge: forged and broken replies."""

from dataclasses import replace

from hostile.case import (
    CANNOT,
    CRASHED,
    GRADED,
    LATE,
    NORMAL,
    PARTIAL,
    SHORT,
    TAMPERED,
    attack,
    small,
)
from nbjudge import Status

CHANNEL = "forged replies"
FORGED = {
    "not_json": "garbage",
    "not_an_object": "[1, 2, 3]",
    "no_value": "{}",
    "value_without_tag": {"value": {"v": 5}},
    "bare_nan": '{"value": NaN}',
    "unknown_tag": {"value": {"t": "pickle", "v": "gASVHAAAAAAAAACMCGJ1aWx0aW5zlIwEZXZhbJST"}},
    "tag_no_text": {"value": {"t": ["list"], "v": 1}},
    "module_os": {"module": "os"},
    "module_subprocess": {"module": "subprocess"},
    "module_posix": {"module": "posix"},
    "module_within": {"value": {"t": "module", "v": "os"}},
    "code": {"value": {"t": "code", "v": "4wAAAA==", "name": "f", "defaults": "null"}},
    "named_system": {"value": {"t": "named", "v": "os.system"}},
    "yours": {"value": {"t": "yours", "n": 0}},
    "type_eval": {"value": {"t": "type", "v": "eval"}},
    "record_backend": {
        "value": (
            {"t": "snapshot", "n": 0, "id": 1, "of": ["matplotlib.backends.backend_pdf.PdfFile"]}
            | {"a": {}, "c": []}
        )
    },
    "record_pyplot": {
        "value": (
            {
                "t": "snapshot",
                "n": 0,
                "id": 1,
                "of": ["matplotlib.pyplot.os", "os.system", "builtins.eval"],
            }
            | {"a": {"patches": []}, "c": []}
        )
    },
    "record_of_itself": {
        "value": (
            {"t": "snapshot", "n": 0, "id": 1, "of": ["matplotlib.axes._axes.Axes"]}
            | {"a": {"patches": {"t": "same", "n": 0}, "__class__": 1}, "c": [["get_title", [], 1]]}
        )
    },
    "namedtuple_code": {
        "value": (
            {"t": "tuple", "v": [1], "name": "x=__import__('os')", "fields": ["_a: 1\nimport os"]}
        )
    },
    "huge_shape": {"value": {"t": "array", "d": "<f8", "shape": [1000000000, 1000000000], "v": ""}},
    "huge_item": {"value": {"t": "scalar", "d": "<U900000000", "v": ""}},
    "huge_range": {"value": {"t": "RangeIndex", "v": [0, 1000000000000000000, 1], "name": None}},
    "odd_function": {
        "value": {"t": "function", "n": -5, "type": "x", "name": "; import os", "doc": None},
    },
    "odd_class": {
        "value": {"t": "class", "n": 1, "type": "type", "name": "str", "doc": "x" * 1_000},
    },
    "odd_instance": {
        "value": (
            {
                "t": "instance",
                "n": 2,
                "type": "__class__",
                "has": ["__eq__", "__reduce__", "__del__"],
            }
        )
    },
    "change_to_no_argument": {"value": 1, "changed": [[99, 1], ["__class__", 1]]},
    "error_of_odd_classes": {
        "error": {"of": ["SystemExit", "__import__('os')", "BaseException"], "args": [], "where": 5}
    },
    "error_with_odd_arguments": {
        "error": {"of": ["KeyError"], "args": [{"t": "pickle"}, 5], "where": "x"}
    },
    "nul_and_bidi": {"value": "B\0\u202e\ud800"},
    "frequency": {"value": {"t": "Period", "v": 1, "freq": "os.system"}},
    "huge_picture": {"value": {"t": "picture", "mode": "L", "size": [10**6, 10**6], "v": "AA=="}},
    "zone_path": {
        "value": {"t": "datetime", "v": "2020-01-01", "zone": "../../etc/passwd", "fold": 0}
    },
}
ODD = (TAMPERED, CANNOT, GRADED, PARTIAL)
SAID = {  # what is no forgery in form, but refused, or a plain wrong value
    CANNOT: (
        "module_os module_subprocess module_posix error_of_odd_classes error_with_odd_arguments"
    ),
    GRADED: "record_of_itself huge_range odd_class odd_function nul_and_bidi",
}
for name, reply in FORGED.items():
    attack(
        f"forged_{name}",
        CHANNEL,
        f"Every question is answered by {str(reply)[:60]!r}.",
        f"forge({reply!r})",
        status=next((status for status, names in SAID.items() if name in names.split()), TAMPERED),
    )
for inside in (True, False):
    attack(
        "forged_brackets" if inside else "forged_brackets_outside",
        CHANNEL,
        "Every question is answered by 100,000 brackets.",
        "value('[' * 100_000)" if inside else "forge('[' * 100_000)",
        status=TAMPERED,
    )
attack(
    "forged_colliding_set",
    CHANNEL,
    "A set of integers that all have the same hash, which takes the square of its size.",
    "value(json.dumps({'t': 'set', 'v': [{'t': 'int', 'v': hex(n * (2**61 - 1))} "
    "for n in range(1, 15_000)]}))",
    status=(LATE, PARTIAL, GRADED),
    limits=replace(SHORT, cell_seconds=20, notebook_seconds=10),
    seconds=60,
)
attack(
    "forged_huge_integer",
    CHANNEL,
    "An integer of five million digits, in hexadecimal and in decimal.",
    "value(json.dumps({'t': 'int', 'v': '0x' + 'f' * 5_000_000}))",
    status=(*ODD, LATE),
    limits=replace(SHORT, cell_seconds=20, notebook_seconds=20),
    seconds=60,
)
attack(
    "forged_huge_reply",
    CHANNEL,
    "A reply of 80 MB.",
    "forge(json.dumps({'value': 'x' * 80_000_000}))",
    status=(*ODD, LATE, CRASHED),
    limits=replace(SHORT, cell_seconds=20, notebook_seconds=20),
    seconds=60,
)
attack(
    "forged_large_print",
    CHANNEL,
    "Each reply says that ten megabytes were printed.",
    "forge({'value': 1, 'printed': 'x' * 10_000_000})",
    status=ODD,
    seconds=60,
)
HANDLER = """
kernel = get_ipython().kernel
def handler(function):
    async def handle(stream, ident, parent):
        function(stream, ident, parent)
    kernel.shell_handlers["execute_request"] = handle
    kernel.execute_request = handle
OK = {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
def reply(stream, ident, parent, content=OK, **more):
    kernel.session.send(stream, "execute_reply", content, parent, ident=ident, **more)
fired()
"""
PROTOCOL = {
    "limits": replace(SHORT, notebook_seconds=9),
    "seconds": 45,
    "status": tuple(Status),
}
attack(
    "reply_without_running",
    CHANNEL,
    "Every request is answered with ok, and nothing is run.",
    HANDLER + "handler(reply)",
    **PROTOCOL,
)
attack(
    "reply_without_expressions",
    CHANNEL,
    "Replies leave out what was asked for, or give it under another status.",
    HANDLER
    + """
odd = [{"status": "ok"}, {"status": "error"}, {}, {"status": "ok", "user_expressions": None},
       {"status": "ok", "user_expressions": {"r": {"status": "ok"}}},
       {"status": "ok", "user_expressions": {"r": {"status": "ok", "data": {
           "application/json": 5}}}}]
def odd_reply(stream, ident, parent):
    odd.append(odd.pop(0))
    reply(stream, ident, parent, odd[0])
handler(odd_reply)
""",
    **PROTOCOL,
)
attack(
    "reply_with_a_wrong_id",
    CHANNEL,
    "Each reply names another request.",
    HANDLER
    + """
def wrong(stream, ident, parent):
    reply(stream, ident, {**parent, "header": {**parent["header"], "msg_id": "another"}})
handler(wrong)
""",
    **PROTOCOL,
)
attack(
    "foreign_replies",
    CHANNEL,
    "Two thousand replies to nothing, then none.",
    HANDLER
    + """
def foreign(stream, ident, parent):
    other = {**parent, "header": {**parent["header"], "msg_id": "another"}}
    for _ in range(2000):
        reply(stream, ident, other)
handler(foreign)
""",
    **PROTOCOL,
)
attack(
    "garbage_frames",
    CHANNEL,
    "Frames that are no messages, on the channel of the replies.",
    HANDLER
    + """
handler(lambda stream, ident, parent: [stream.send_multipart([ident[0], *frames]) for frames in (
    [b"garbage"], [b""], [b"<IDS|MSG>"], [b"<IDS|MSG>", b"", b"{", b"{", b"{", b"{"])])
""",
    **PROTOCOL,
)
attack(
    "wrong_signature",
    CHANNEL,
    "Replies that are signed with another key.",
    HANDLER
    + """
def forged(stream, ident, parent):
    key, kernel.session.key = kernel.session.key, b"another"
    reply(stream, ident, parent)
    kernel.session.key = key
handler(forged)
""",
    **PROTOCOL,
)
attack(
    "session_patched",
    CHANNEL,
    "The session signs nothing and says that everything was busy.",
    """
    import jupyter_client.session as s
    fired()
    s.Session.sign = lambda self, *a: b"0" * 64
    s.Session.serialize = lambda self, *a, **k: [b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", b"{}"]
    """,
    **PROTOCOL,
)
attack(
    "garbage_outputs",
    CHANNEL,
    "Messages about outputs that have no parts, or parts of other types.",
    """
    kernel = get_ipython().kernel
    parent = kernel.get_parent("shell")
    odd = [("display_data", {"data": 5, "metadata": 5}), ("display_data", {}), ("stream", {}),
           ("stream", {"name": 5, "text": ["x", 5]}), ("error", {"ename": 1}),
           ("execute_result", {"data": {"text/plain": {"a": [1]}}, "metadata": None}),
           ("display_data", {"data": {"image/png": 5}, "metadata": {}, "transient": 5}),
           ("status", {}), ("nonsense", {}), ("clear_output", {}), ("comm_msg", {})]
    fired()
    for kind, content in odd:
        def send(kind=kind, content=content):
            kernel.session.send(kernel.iopub_socket, kind, content, parent=parent)
        send()
    """,
    right=True,
    before="q6_order",
    points=23,
    status=(GRADED, PARTIAL),
    limits=replace(NORMAL, cell_seconds=6),
)
attack(
    "odd_display_bundles",
    CHANNEL,
    "Displays whose parts are valid messages and no valid notebook.",
    """
    kernel = get_ipython().kernel
    parent = kernel.get_parent("shell")
    send = lambda kind, content: kernel.session.send(kernel.iopub_socket, kind, content,
                                                     parent=parent)
    fired()
    send("stream", {"name": "stdout", "text": 5})
    send("stream", {"name": "no name", "text": "x"})
    send("display_data", {"data": {"text/plain": 5, "image/png": ["x"], "x": None}, "metadata": {}})
    send("display_data", {"data": ["x"], "metadata": []})
    send("error", {"ename": 1, "evalue": None, "traceback": "x"})
    send("execute_result", {"data": {}, "metadata": {}, "execution_count": "x"})
    """,
    right=True,
    before="q6_order",
    points=23,
    status=(GRADED, PARTIAL),
    limits=replace(NORMAL, cell_seconds=6),
)
attack(
    "deep_display",
    CHANNEL,
    "A display nested ten thousand levels deep.",
    """
    import json
    kernel = get_ipython().kernel
    deep = "[" * 10_000 + "]" * 10_000
    class Raw(dict): pass
    real = kernel.session.pack
    fired()
    kernel.session.pack = lambda one: (
        ('{"data": {"application/json": ' + deep + '}, "metadata": {}}').encode()
        if one == {"deep": 1} else real(one))
    kernel.session.send(kernel.iopub_socket, "display_data", {"deep": 1},
                        parent=kernel.get_parent("shell"))
    """,
    right=True,
    before="q6_order",
    points=23,
    status=(GRADED, PARTIAL),
    limits=replace(NORMAL, cell_seconds=6),
)
attack(
    "surrogates_in_outputs",
    CHANNEL,
    "Half characters, nulls and controls in outputs, in values and in messages of errors.",
    r"""
    from IPython.display import display
    _say("\ud800 \x00 \x1b[2J \u202e \n")
    display({"text/plain": "\udfff", "text/html": "\ud800"}, raw=True)
    """,
    right=True,
    answers={"q1_growth": r"""def growth_pct(*a): raise ValueError("\ud800\x00")"""},
    points=20,
    fires=False,
    status=(GRADED, PARTIAL),
)

attack(
    "displays_multiplied",
    CHANNEL,
    "Small displays of one id, all of which large ones then take the place of.",
    """
    from IPython.display import display
    fired()
    for _ in range(300):
        display({"text/plain": ""}, raw=True, display_id="one")
    for update in (True, False):
        display({"text/plain": "x" * 100_000}, raw=True, display_id="one", update=update)
    """,
    right=True,
    points=23,
    shows="left out",
)
attack(
    "odd_execution_counts",
    CHANNEL,
    "The number of a cell is a text, a list, negative.",
    """
    kernel = get_ipython().kernel
    for count in ("1", [1], -1):
        kernel.session.send(kernel.iopub_socket, "execute_input",
            {"code": "", "execution_count": count}, parent=kernel.get_parent("shell"))
    """,
    right=True,
    points=23,
    fires=False,
    shows="what no kernel sends",
)
small(
    "surrogates_in_messages",
    "Half characters in what a check prints and says.",
    {
        "square": "def square(n):\n    print('\\ud800')\n    return n * n",
        "root": "def root(n):\n    raise ValueError('\\udfff\\x00')",
    },
    area=CHANNEL,
    points=1,
    shows="ValueError",
)
