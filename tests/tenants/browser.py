"""A browser over several hosts of ours: each has its own cookies, and redirects are followed from one to another."""

import secrets
from urllib.parse import urlsplit

from django.http import HttpResponse

from tests.factories import SiteClient, host_of


class Browser:
    """`get` and `post` follow redirects to the end; `.at` is the address that answered, `.way` the hosts passed.

    It enforces CSRF and has an address of its own, so that no other test's tries count against it.
    """

    def __init__(self):
        self.clients: dict[str, SiteClient] = {}
        self.address = f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
        self.at, self.way = "", []

    def client(self, host: str) -> SiteClient:
        if host not in self.clients:
            self.clients[host] = SiteClient(HTTP_HOST=host, REMOTE_ADDR=self.address)
        return self.clients[host]

    def get(self, brand, path: str) -> HttpResponse:
        self.way = []
        return self.settle(self.one(host_of(brand), path))

    def post(self, brand, path: str, **data: str) -> HttpResponse:
        self.way = []
        host = host_of(brand)
        self.at, _ = f"http://{host}{path}", self.way.append(host)
        return self.settle(self.client(host).post(path, data, format="multipart"))

    def one(self, host: str, path: str) -> HttpResponse:
        """One request, no redirect followed."""
        self.at = f"http://{host}{path}"
        self.way.append(host)
        return self.client(host).get(path)

    def settle(self, response: HttpResponse) -> HttpResponse:
        for _ in range(10):
            if response.status_code != 302:
                return response
            there = urlsplit(response["Location"])
            host = there.hostname or urlsplit(self.at).hostname
            response = self.one(host, f"{there.path}?{there.query}" if there.query else there.path)
        raise AssertionError(f"redirected in circles at {self.at}")

    def sign_in(self, brand, user, password: str, **data: str) -> HttpResponse:
        return self.post(brand, "/sign-in/", username=user.email, password=password, **data)
