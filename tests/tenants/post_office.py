"""A mail server on this machine, and a worker that takes what waits for it: mail as it really goes out."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from queue import Empty

from siyu.celery import app


class _Talk(socketserver.StreamRequestHandler):
    """One conversation by RFC 5321, as far as Django's sender goes."""

    server: "PostOffice"

    def handle(self) -> None:
        self.say("220 post office")
        recipients: list[str] = []
        while line := self.rfile.readline().strip().decode():
            verb = line.split(":")[0].split()[0].upper()
            if verb == "DATA":
                self.say("354 go on")
                body = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    body += part.removeprefix(b".")
                self.server.received.append((recipients, message_from_bytes(body, policy=policy.default)))
                self.say("250 taken")
            elif verb == "RCPT":
                address = line.partition("<")[2].partition(">")[0]
                refused = address in self.server.refuses
                self.say("550 no such mailbox" if refused else "250 ok")
                recipients = recipients if refused else [*recipients, address]
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class PostOffice(socketserver.ThreadingTCPServer):
    """`received`: (recipients, message) of each mail; `refuses`: addresses it takes no mail for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.received: list[tuple[list[str], EmailMessage]] = []
        self.refuses: set[str] = set()


@contextmanager
def post_office(settings) -> Iterator[PostOffice]:
    """The installation sends its mail here. Nothing waits for a worker when it opens."""
    app.control.purge()
    with PostOffice() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.MAIL_IS_ON = True
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.DEFAULT_FROM_EMAIL = "siyu@lighthouse.example"
        try:
            yield server
        finally:
            server.shutdown()


def work_off() -> int:
    """Do, in this process, what was asked of the worker; how many tasks that were."""
    done = 0
    with app.connection_for_read() as connection, connection.SimpleQueue(app.conf.task_default_queue) as queue:
        while True:
            try:
                message = queue.get(block=done == 0, timeout=5)
            except Empty:
                return done
            arguments, named, _ = message.payload
            app.tasks[message.headers["task"]](*arguments, **named)
            message.ack()
            done += 1
