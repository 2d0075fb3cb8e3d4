"""Stands between the functions and the emulator: passes each request on, and writes down who asked for what.

A request is signed for the host that the function was told, so it is passed on as it is. Functions reach the emulator
without TLS; the header that a load balancer would add says that it is there, as it is in the cloud, so that the buckets'
"TLS only" is kept and not in the way.

Only a bucket says when a file arrived, and the emulator's knows no time but this machine's: where a story's clock is
another, the versions that it lists are given the story's.
"""

import base64
import contextlib
import email
import email.utils
import http.client
import json
import re
import threading
import urllib.parse
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

UPLOADS = re.compile(r"^/monmaster-[^/]*-uploads-[^/?]*")
VERSION = re.compile(r"<Version>.*?</Version>", re.DOTALL)
CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")


@dataclass(frozen=True)
class Call:
    """One request of one function: the action as policies name it, on what, and the partitions that it writes, or the
    prefix that it lists."""

    access_key: str
    action: str
    resource: str
    partitions: tuple = ()
    sender: str = ""
    answer: int = 200


@dataclass(frozen=True)
class Mail:
    """One mail that the emulator took."""

    id: str
    to: list
    tags: dict


def parse(service, region, account, method, path, headers, body):
    """The calls that a request is: (action, resource, partitions, sender), one for each table, object or mail."""
    if service == "dynamodb":
        yield from dynamodb(region, account, headers.get("X-Amz-Target", "").rpartition(".")[2], json.loads(body))
    elif service == "s3":
        url = urllib.parse.urlsplit(path)
        key = urllib.parse.unquote(url.path).lstrip("/")
        asked = urllib.parse.parse_qs(url.query, keep_blank_values=True)
        if "versions" in asked:
            yield "s3:ListBucketVersions", f"arn:aws:s3:::{key.rstrip('/')}", (asked.get("prefix", [""])[0],), ""
        elif "versionId" in asked:
            yield "s3:GetObjectVersion", f"arn:aws:s3:::{key}", (), ""
        else:
            action = {"GET": "s3:GetObject", "PUT": "s3:PutObject"}.get(method, f"s3:{method}")
            yield action, f"arn:aws:s3:::{key}", (), ""
    elif service == "ses":
        if path.endswith("/outbound-emails"):
            # A mail that comes whole is authorised as SendRawEmail, on the sender's domain and on the configuration set.
            mail = json.loads(body)
            whole = email.message_from_bytes(base64.b64decode(mail["Content"]["Raw"]["Data"]))
            sender = email.utils.parseaddr(whole["From"])[1]
            for resource in f"identity/{sender.partition('@')[2]}", f"configuration-set/{mail['ConfigurationSetName']}":
                yield "ses:SendRawEmail", f"arn:aws:ses:{region}:{account}:{resource}", (), sender
        elif path.endswith("/account"):
            yield "ses:GetAccount", "*", (), ""
        else:
            yield f"ses:{method} {path}", "*", (), ""
    else:
        yield f"{service}:{method} {path}", "*", (), ""


def dynamodb(region, account, operation, body):
    def table(name):
        return f"arn:aws:dynamodb:{region}:{account}:table/{name}"

    if operation == "TransactWriteItems":
        for item in body["TransactItems"]:
            for kind, write in item.items():
                partition = write.get("Item", write.get("Key", {})).get("pk", {}).get("S", "")
                yield f"dynamodb:{kind}Item", table(write["TableName"]), (partition,), ""
        return
    where = table(body["TableName"])
    if "IndexName" in body:
        where += f"/index/{body['IndexName']}"
    key = body.get("Item", body.get("Key", {})).get("pk", {}).get("S")
    yield f"dynamodb:{operation}", where, (key,) if key else (), ""


class Proxy:
    """Listens on a port of this machine that the system chooses, until `stop`."""

    def __init__(self, emulator_port, region, account):
        self.calls = []
        self.mails = []
        # By version: when a file arrived. What arrives now is not listed before it is known.
        self.arrivals, self.now, self._arriving = {}, None, threading.Lock()
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with proxy._arriving if UPLOADS.match(self.path) else contextlib.nullcontext():
                    answer, content = self.ask(body)
                    content = proxy.arrived(self.command, self.path, answer, content)
                proxy.note(self.command, self.path, self.headers, body, answer.status, content)
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "transfer-encoding", "content-length", "date", "server"):
                        self.send_header(name, value)
                self.send_header("Content-Length", answer.getheader("Content-Length", "0") if self.command == "HEAD"
                                 else str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            def ask(self, body):
                upstream = http.client.HTTPConnection("127.0.0.1", emulator_port, timeout=120)
                upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in ("connection", "expect"):
                        upstream.putheader(name, value)
                upstream.putheader("x-forwarded-proto", "https")
                upstream.endheaders(body)
                answer = upstream.getresponse()
                content = answer.read()
                upstream.close()
                return answer, content

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = serve

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_):
                """Whoever asks while the emulator starts or ends gets no answer."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._region, self._account = region, account
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def arrived(self, method, path, answer, content):
        """Keeps when a file arrived that is put, and says it in a list of versions."""
        if not UPLOADS.match(path) or answer.status != 200:
            return content
        if method == "PUT" and self.now and answer.getheader("x-amz-version-id"):
            self.arrivals[answer.getheader("x-amz-version-id")] = self.now
        elif method == "GET" and "versions" in urllib.parse.parse_qs(urllib.parse.urlsplit(path).query, True):
            def told(version):
                found = re.search(r"<VersionId>(.*?)</VersionId>", version[0])
                when = self.arrivals.get(found and found[1])
                return re.sub(r"(<LastModified>).*?(<)", rf"\g<1>{when}\g<2>", version[0]) if when else version[0]
            return VERSION.sub(told, content.decode()).encode()
        return content

    def note(self, method, path, headers, body, status, content):
        signed = CREDENTIAL.search(headers.get("Authorization", ""))
        if not signed:
            return
        access_key, _, service = signed.groups()
        calls = [
            Call(access_key, action, resource, partitions, sender, status)
            for action, resource, partitions, sender in parse(
                service, self._region, self._account, method, path, headers, body)
        ]
        mail = None
        if path.endswith("/outbound-emails") and status == 200:
            sent = json.loads(body)
            mail = Mail(json.loads(content)["MessageId"], sent["Destination"]["ToAddresses"],
                        {tag["Name"]: tag["Value"] for tag in sent.get("EmailTags", [])})
        with self._lock:
            self.calls += calls
            if mail:
                self.mails.append(mail)

    def stop(self):
        self._server.shutdown()
