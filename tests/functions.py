#!/usr/bin/env python3
"""Size, start-up and memory of each deployed function beside a hello-world: `tests/functions.py [--runs N] DIR`.

DIR holds binaries built alike, as `target/release` after
    CARGO_PROFILE_RELEASE_LTO=thin CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 CARGO_PROFILE_RELEASE_PANIC=abort \\
        cargo build --release -p lambdas --bins --examples
which is what `cargo lambda build --release` sets for what is deployed.
Each process is started against a runtime interface of its own on loopback, which also answers as an empty DynamoDB and
an empty S3. Start-up is the time from the start of the process to its first request for an event; memory is the most it
had resident (VmHWM) once it has answered its first event. Needs nothing but Python and Linux.
"""

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HELLO = "hello-world"
MAIL = {"MAIL_FROM": "Mon Master <m@example.org>", "MAIL_CONFIGURATION_SET": "s", "SPACE_URL": "https://example.org"}
ENVIRONMENT = {
    "STAGE": "test-dev",
    "CAMPAIGN": "2024",
    "STATE_TABLE": "state",
    "JOURNAL_TABLE": "journal",
    "PLANS_BUCKET": "plans",
    "REPORTS_BUCKET": "reports",
    "UPLOADS_BUCKET": "uploads",
    "TOKEN_KEY": "00" * 32,
    **MAIL,
    "AWS_REGION": "eu-west-3",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
}
# When it is: in an application phase, when no job has much to do.
NOW = "2024-03-01T06:00:00Z"
# What wakes each, of the sample events; any other is woken by a tick.
SAMPLES = Path(__file__).parent.parent / "schemas/events"
EVENTS = {
    "commands": json.loads((SAMPLES / "resign.json").read_text()),
    "mail-feedback": json.loads((SAMPLES / "mail-bounced.json").read_text()),
}
TICK = {"tick": NOW}
TIMEOUT_S = 30
EXTENSION = "/2020-01-01/extension/"


class Lambda(ThreadingHTTPServer):
    """The runtime interface of one process, and the services that it asks."""

    daemon_threads = True

    def __init__(self, event):
        super().__init__(("127.0.0.1", 0), Handler)
        self.event = json.dumps(event).encode()
        self.polled = threading.Event()
        self.polled_at = None
        self.answered = threading.Event()
        self.answer = None
        self.asked = 0

    def handle_error(self, *_):
        """A process that is ended leaves its connections."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"{}", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        server = self.server
        if self.path.endswith("/invocation/next"):
            if server.polled.is_set():
                time.sleep(TIMEOUT_S)
                return
            server.polled_at = time.perf_counter()
            server.polled.set()
            deadline = str(int((time.time() + TIMEOUT_S) * 1000))
            self.reply(200, server.event, [("Lambda-Runtime-Aws-Request-Id", "r-1"), ("Lambda-Runtime-Deadline-Ms", deadline)])
        elif self.path.startswith(EXTENSION):
            time.sleep(TIMEOUT_S)
        elif "?versions" in self.path or "&versions" in self.path:
            self.reply(200, b"<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>")
        else:
            self.reply(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_POST(self):
        server, body = self.server, self.body()
        if self.path.startswith(EXTENSION):
            registered = json.dumps({"functionName": "f", "functionVersion": "1", "handler": "bootstrap"}).encode()
            self.reply(200, registered, [("Lambda-Extension-Identifier", "e-1")])
        elif "/runtime/" in self.path:
            server.answer = (self.path.rsplit("/", 1)[1], body)
            self.reply(202)
            server.answered.set()
        else:
            server.asked += 1
            empty = "Query" in self.headers.get("X-Amz-Target", "")
            self.reply(200, b'{"Items":[],"Count":0}' if empty else b"{}", [("Content-Type", "application/x-amz-json-1.0")])

    def do_PUT(self):
        self.body()
        self.server.asked += 1
        self.reply(200, b"")

    def body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))


def measure(name, binary):
    """One life of a process: seconds to its first poll, bytes resident, requests it made, and its answer."""
    server = Lambda(EVENTS.get(name, TICK))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{server.server_port}"
    environment = ENVIRONMENT | {
        "AWS_LAMBDA_RUNTIME_API": address,
        "AWS_ENDPOINT_URL": f"http://{address}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
    }
    begun = time.perf_counter()
    process = subprocess.Popen([binary], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        if not server.polled.wait(TIMEOUT_S) or not server.answered.wait(TIMEOUT_S):
            process.kill()
            sys.exit(f"{name} did not answer; it said:\n{process.stdout.read().decode(errors='replace')}")
        status = Path(f"/proc/{process.pid}/status").read_text()
    finally:
        process.kill()
        process.wait()
        server.shutdown()
        server.server_close()
    resident = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))
    kind, answer = server.answer
    if kind != "response":
        sys.exit(f"{name} failed: {answer.decode(errors='replace')}")
    return server.polled_at - begun, resident, server.asked


def zip_bytes(binary):
    """The size of what would be uploaded."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.write(binary, "bootstrap")
    return len(packed.getvalue())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--runs", type=int, default=21, help="lives of each process (21)")
    arguments = parser.parse_args()
    sources = Path(__file__).parent.parent / "functions/lambdas/src/bin"
    binaries = {HELLO: arguments.dir / "examples" / HELLO}
    binaries |= {source.stem: arguments.dir / source.stem for source in sorted(sources.glob("*.rs"))}
    for name, binary in binaries.items():
        if not binary.is_file():
            sys.exit(f"{binary} is not there: build it as this file says")
    clock = tempfile.NamedTemporaryFile("w", suffix=".clock")
    clock.write(NOW)
    clock.flush()
    ENVIRONMENT["CLOCK_FILE"] = clock.name
    for name, binary in binaries.items():
        measure(name, binary)
    lives = {name: [] for name in binaries}
    # In turn, so that what else the machine does meets all alike.
    for _ in range(arguments.runs):
        for name, binary in binaries.items():
            lives[name].append(measure(name, binary))
    hello = statistics.median(life[0] for life in lives[HELLO])
    print(f"{os.cpu_count()} cores, medians of {arguments.runs} lives")
    print(f"{'function':20} {'zip MB':>7} {'start ms':>9} {'beside':>8} {'peak MB':>8} {'requests':>9}")
    for name, binary in binaries.items():
        starts, residents, asked = zip(*lives[name])
        start = statistics.median(starts)
        print(
            f"{name:20} {zip_bytes(binary) / 1e6:7.2f} {start * 1e3:9.1f} {(start - hello) * 1e3:+8.1f}"
            f" {statistics.median(residents) / 1e6:8.1f} {asked[0]:9}"
        )


if __name__ == "__main__":
    main()
