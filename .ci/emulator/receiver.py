"""The endpoints of the organisations' webhooks: over TLS, by a certificate of an authority made for this run."""

import http.server
import ssl
import threading

import network
from tools import run, until


class Receivers:
    """Notes what is posted to any name, on the port of HTTPS."""

    def __init__(self, folder):
        self.requests = []
        authority, key, certificate = folder / "ca.pem", folder / "key.pem", folder / "endpoint.pem"
        openssl = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        names = "subjectAltName=DNS:crm.river-watch.org,DNS:crm.clean-water.org"
        ca_key = folder / "ca.key"
        run([*openssl, "-subj", "/CN=Authority", "-keyout", ca_key, "-out", authority])
        of_endpoint = ["-CA", authority, "-CAkey", ca_key, "-addext", names, "-addext", "basicConstraints=critical,CA:FALSE"]
        run([*openssl, "-subj", "/CN=Endpoint", *of_endpoint, "-keyout", key, "-out", certificate])
        lines = authority.read_text().splitlines()
        self.authority = "".join(line for line in lines if not line.startswith("-----"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        noted = self.requests

        class Endpoint(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                noted.append((self.headers["host"], {key.lower(): value for key, value in self.headers.items()}, body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer((network.ADDRESS, 443), Endpoint)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def wait(self, host, schema):
        """The messages of a schema that came to a name, once there is one: headers and body of each."""
        came = lambda: [(headers, body) for to, headers, body in self.requests if to == host and schema in body]
        return until(f"messages of {schema} to {host}", came, bool)
