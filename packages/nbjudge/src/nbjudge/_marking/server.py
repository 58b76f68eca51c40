"""The page for marking, served to this machine alone.

Who asks has to know the token in the address, and to ask by this machine's own name: a page from
elsewhere that a browser is made to open cannot (`Host` stops DNS rebinding; a token in a header,
and `Origin`, stop forged requests). The page has one script, its own, and asks nobody else.
"""

import hmac
import json
import secrets
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from nbjudge._batch.troubles import Stopped
from nbjudge._feedback.page import environment
from nbjudge._marking.desk import Desk, NoMark, Overtaken, Unknown
from nbjudge._nbgrader.gradebook import CourseError, InUse

HERE = "127.0.0.1"
LARGEST_BODY = 100_000  # bytes
PAGES_HERE = Path(__file__).with_name("templates")
STRANGER = "Open the address that the command nbjudge mark has printed, with all that is in it."


class MarkingServer(ThreadingHTTPServer):
    """Serves one desk until `shutdown`."""

    daemon_threads = True

    def __init__(self, desk: Desk, port: int = 0) -> None:
        super().__init__((HERE, port), Handler)
        self.desk, self.token = desk, secrets.token_urlsafe(24)
        self.names = {f"{name}:{self.server_port}" for name in (HERE, "localhost")}

    def address(self, number: int | None = None) -> str:
        """Where a question is, or the list of them."""
        return f"http://{HERE}:{self.server_port}/{number or ''}?token={self.token}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    server: MarkingServer
    protocol_version = "HTTP/1.1"
    server_version = "nbjudge"
    sys_version = ""
    timeout = 60
    headers_of_all: ClassVar = {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        token = parse_qs(where.query).get("token", [""])[0]
        if not self.may(token):
            return
        place = where.path.strip("/")
        if place and not (place.isascii() and place.isdecimal()):
            return self.refuse(HTTPStatus.NOT_FOUND, "There is no such page.")
        self.guarded(lambda: self.page(int(place or 0)))

    def do_POST(self) -> None:
        told = self.headers.get("Authorization", "")
        if not self.may(told.removeprefix("token "), writes=True):
            return
        actions = {"/mark": self.mark, "/undo": self.undo, "/end": self.end}
        action = actions.get(self.path)
        size = self.headers.get("Content-Length", "")
        if action is None:
            return self.refuse(HTTPStatus.NOT_FOUND, "There is no such place.")
        if self.headers.get_content_type() != "application/json":
            return self.refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "This is no JSON.")
        if not size.isascii() or not size.isdecimal() or int(size) > LARGEST_BODY:
            return self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "This is too much.")
        try:
            body = json.loads(self.rfile.read(int(size)))
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            return self.refuse(HTTPStatus.BAD_REQUEST, "This is no JSON.")
        self.guarded(lambda: self.send_json(HTTPStatus.OK, action(body)))

    def may(self, token: str, writes: bool = False) -> bool:
        """Whether to answer at all."""
        host, origin = self.headers.get("Host", ""), self.headers.get("Origin")
        ours = {f"http://{name}" for name in self.server.names}
        known = hmac.compare_digest(token.encode(), self.server.token.encode())
        fit = host in self.server.names and (origin in ours or (origin is None and not writes))
        if not (known and fit):
            self.refuse(HTTPStatus.FORBIDDEN, STRANGER)
        return known and fit

    def guarded(self, answer: Any) -> None:
        """Answers, or says in one sentence why not."""
        try:
            answer()
        except Overtaken as error:
            self.send_json(HTTPStatus.CONFLICT, {"error": str(error), "now": error.now})
        except Unknown as error:
            self.refuse(HTTPStatus.NOT_FOUND, str(error))
        except NoMark as error:
            self.refuse(HTTPStatus.BAD_REQUEST, str(error))
        except InUse as error:
            self.refuse(HTTPStatus.LOCKED, str(error))
        except (CourseError, Stopped) as error:
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        except ConnectionError:
            raise
        except Exception as error:
            print(f"nbjudge mark: {type(error).__name__}: {error}", file=sys.stderr)
            said = f"It could not be done ({type(error).__name__}): see the terminal."
            self.refuse(HTTPStatus.INTERNAL_SERVER_ERROR, said)

    # What is asked for

    def page(self, number: int) -> None:
        desk, nonce = self.server.desk, secrets.token_urlsafe(16)
        about: dict[str, Any] = {
            "assignment": desk.assignment,
            "token": self.server.token,
            "nonce": nonce,
            "number": number,
            "questions": desk.questions(),
            "not_graded": desk.not_graded(),
        }
        if number:
            about |= {"question": desk.question(number), "sheets": desk.sheets(number)}
        name = "marking.html" if number else "questions.html"
        text = environment(PAGES_HERE).get_template(name).render(about)
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
            "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
        )
        self.send(HTTPStatus.OK, "text/html; charset=utf-8", text, policy)

    def mark(self, body: dict[str, Any]) -> dict[str, Any]:
        given = {name: body[name] for name in ("points", "comment") if name in body}
        number, key, seen = body.get("question"), body.get("answer"), body.get("seen")
        known = isinstance(number, int) and isinstance(key, str) and isinstance(seen, str)
        if not known or not given:
            raise NoMark("This is no mark.")
        return self.server.desk.save(int(number or 0), str(key), str(seen), **given)

    def undo(self, body: dict[str, Any]) -> dict[str, Any]:
        return self.server.desk.undo(str(body.get("undo")))

    def end(self, body: dict[str, Any]) -> dict[str, Any]:
        # Not from here: `shutdown` waits for the loop that this thread was started by.
        threading.Thread(target=self.server.shutdown).start()
        return {"ended": True}

    # What is sent

    def refuse(self, status: HTTPStatus, sentence: str) -> None:
        self.close_connection = True  # what was sent along is not read
        if self.command == "POST":
            self.send_json(status, {"error": sentence})
        else:
            self.send(status, "text/plain; charset=utf-8", f"{sentence}\n", "default-src 'none'")

    def send_json(self, status: HTTPStatus, what: dict[str, Any]) -> None:
        self.send(status, "application/json", json.dumps(what), "default-src 'none'")

    def send(self, status: HTTPStatus, kind: str, text: str, policy: str) -> None:
        raw = text.encode(errors="replace")
        self.send_response(status)
        headers = {"Content-Type": kind, "Content-Length": len(raw), **self.headers_of_all}
        if self.close_connection:
            headers["Connection"] = "close"
        for name, value in {**headers, "Content-Security-Policy": policy}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: an address has the token in it."""
