"""Compares what two readers make of each mail in a folder: Python's `email`, and the library whose answers come on standard
input, one JSON a line. They must agree with each other and with the text and the page beside the mail."""

import email.policy
import json
import sys
from email import message_from_bytes
from pathlib import Path

import html5lib


def links(html):
    page = html5lib.parse(html, namespaceHTMLElements=False)
    return [a.attrib["href"] for a in page.iter("a") if "href" in a.attrib]


def plain(text):
    return text.replace("\r\n", "\n").strip()


def by_email(path):
    mail = message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert not mail.defects, (path, mail.defects)
    parts = [part.get_content_type() for part in mail.walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html"], (path, parts)
    html = plain(mail.get_body(("html",)).get_content())
    return {
        "file": path.name,
        "subject": mail["subject"],
        "from": mail["from"].addresses[0].addr_spec,
        "to": [address.addr_spec for address in mail["to"].addresses],
        "message_id": mail["message-id"],
        "automatic": mail["auto-submitted"],
        "attachments": sum(1 for _ in mail.iter_attachments()),
        "text": plain(mail.get_body(("plain",)).get_content()),
        "html": html,
        "links": links(html),
    }


def main():
    folder = Path(sys.argv[1])
    others = {mail["file"]: mail for mail in map(json.loads, sys.stdin)}
    paths = sorted(folder.glob("*.eml"))
    assert paths and len(others) == len(paths), (len(others), len(paths))
    for path in paths:
        ours = by_email(path)
        theirs = others[path.name]
        for key, value in ours.items():
            assert theirs[key] == value, f"{path.name}: {key}: {value!r} is not {theirs[key]!r}"
        assert ours["text"] == plain(path.with_suffix(".txt").read_text(encoding="utf-8")), path.name
        assert ours["html"] == plain(path.with_suffix(".html").read_text(encoding="utf-8")), path.name
        assert ours["links"] and all(link in ours["text"] for link in ours["links"]), f"{path.name}: a link is not in the text"
        longest = max(len(line) for line in path.read_bytes().split(b"\r\n"))
        assert longest <= 998, f"{path.name}: a line of {longest} bytes"
    print(f"{len(paths)} mails read alike by two libraries")


main()
