"""What is checked after the stories were played: the tables, the policies, the logs."""

import decimal
import fnmatch
import json
import re

from boto3.dynamodb.types import TypeDeserializer

FROM_DYNAMODB = TypeDeserializer().deserialize

# The outcome of what a file commands: of the upload, and a number.
OF_AN_UPLOAD = re.compile(r"X#[0-9a-f]{32}-\d+$")

# What the service itself does with a function's role, and no request of the function shows. Sid of the statement: why.
BY_THE_SERVICE = {
    "Log": "the service writes what the function prints",
    "Failures": "the service puts an event that failed for good into the queue",
    "Stream": "the service reads the stream and invokes the function",
    "Streams": "the service finds the stream",
    "KnowWhatIsNotThere": "the service says that an object is not there only to whoever may list its bucket",
    "Key": "the tables and buckets use the key in the name of whoever asks them",
}

# What these stories do not make a function do, and which other test does: by an action, or by a statement.
UNCHECKED = "functions/jobs/tests/contract_check.rs: here the event of every file comes at once, and none is left unchecked"
NOT_IN_THESE_STORIES = {
    ("commands", "ReleaseMailbox"): "functions/platform/tests/ses_answers.rs: the emulator has no list of addresses",
    ("deadline-expiry", "ReadJournal"): UNCHECKED,
    ("deadline-expiry", "ReadUploads"): UNCHECKED,
    ("phase-transition", "ReadJournal"): UNCHECKED,
    ("phase-transition", "ReadUploads"): UNCHECKED,
    ("waitlist-advance", "ReadUploads"): UNCHECKED,
    ("mail-dispatch", "ses:SendEmail"): "the operation's other name: mails go whole, authorised as ses:SendRawEmail",
}


def local_items(path, renamed):
    """The items that the run on this machine left, by key, with what only the bucket names as the bucket named it."""
    index = {"state.jsonl": ("due_partition", "due_sort"), "journal.jsonl": ("outbox_partition", "outbox_sort")}
    items = {}
    text = path.read_text()
    for here, there in renamed.items():
        text = text.replace(here, there)
    for line in text.splitlines():
        item = json.loads(line, parse_int=decimal.Decimal, parse_float=decimal.Decimal)
        key = item["pk"], item["sk"]
        place = item.pop("index", None)
        if place:
            partition, sort = index[path.name]
            item[partition], item[sort] = place["partition"], f"{place['sort']} {key[0]} {key[1]}"
        items[key] = comparable(item)
    return items


def deployed_items(items):
    """The items of a deployed table, by key; without the rate that a provider of mail grants, since here there is none."""
    return {(item["pk"]["S"], item["sk"]["S"]): comparable(FROM_DYNAMODB({"M": item})) for item in items
            if item["pk"]["S"] != "J#mail-rate"}


def comparable(item):
    """The item without what must differ: the provider's own id of a mail, within which second it left, since there the
    granted rate is waited for, in which order segments were done, and the fingerprint of what a file commands, which holds
    the bucket's id of its version."""
    row = item["row"]
    if isinstance(row.get("status"), dict) and "provider_id" in row["status"]:
        row["status"]["provider_id"] = "the provider's"
        for told in [row["status"], *row.get("trail", [])]:
            told["at"] = re.sub(r"\.\d+Z$", "Z", told["at"])
    if OF_AN_UPLOAD.match(item["pk"]):
        del row["fingerprint"]
    if "segments_done" in row:
        row["segments_done"] = sorted(row["segments_done"])
    return item


def differences(local, deployed):
    """What differs between two tables, in words."""
    for key in sorted(local.keys() | deployed.keys()):
        here, there = local.get(key), deployed.get(key)
        if here is None or there is None:
            yield f"{' / '.join(key)} is only {'deployed' if here is None else 'here'}"
        elif here != there:
            fields = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
            yield f"{' / '.join(key)} differs in {', '.join(fields)}: here {[here.get(f) for f in fields]}, " \
                  f"deployed {[there.get(f) for f in fields]}"


def as_list(value):
    return value if isinstance(value, list) else [value]


def allows(statement, action, resource, call):
    """Whether a statement is what allows a call."""
    if statement["Effect"] != "Allow" or not fnmatch.fnmatchcase(call.action, action):
        return False
    if not fnmatch.fnmatchcase(call.resource, resource):
        return False
    for operator, conditions in statement.get("Condition", {}).items():
        for key, patterns in conditions.items():
            patterns = as_list(patterns)
            if key in ("dynamodb:LeadingKeys", "s3:prefix"):
                if not all(any(fnmatch.fnmatchcase(pk, one) for one in patterns) for pk in call.partitions):
                    return False
            elif key == "ses:FromAddress":
                if call.sender not in patterns:
                    return False
            else:
                raise SystemExit(f"the check of policies does not know {operator} of {key}")
    return True


def may_list(statements, call):
    """Whether the service may tell whoever asks that an object is not there."""
    bucket = call.resource.split("/")[0]
    return any("s3:ListBucket" in as_list(statement["Action"]) and bucket in as_list(statement["Resource"])
               for statement in statements)


def policies(functions, statements_of, calls_of):
    """Compares each function's calls with its role's statements; gives the table and what is wrong."""
    table, wrong = [], []
    for function in functions:
        used, made = set(), {}
        statements = statements_of(function)
        for call in calls_of(function):
            found = [
                (statement["Sid"], action, resource)
                for statement in statements
                if statement["Sid"] not in BY_THE_SERVICE
                for action in as_list(statement["Action"]) for resource in as_list(statement["Resource"])
                if allows(statement, action, resource, call)]
            s3 = call.resource.startswith("arn:aws:s3")
            short = "/".join(call.resource.split("/")[:2]) + "/*" if s3 else call.resource
            if call.answer == 403:
                wrong.append(f"{function}: {call.action} on {call.resource} was refused by the emulator")
            if call.answer == 404 and call.action == "s3:GetObject" and not may_list(statements, call):
                wrong.append(f"{function}: in the cloud {call.resource}, which is not there, would be denied")
            if not found:
                wrong.append(f"{function}: no statement allows {call.action} on {call.resource} {call.partitions}")
            used.update(found)
            made.setdefault((call.action, short), set()).update(sid for sid, _, _ in found)
        for statement in statements:
            sid = statement["Sid"]
            if sid in BY_THE_SERVICE:
                table.append((function, "(the service)", BY_THE_SERVICE[sid], sid))
                continue
            if (function, sid) in NOT_IN_THESE_STORIES:
                table.append((function, "(in other tests)", NOT_IN_THESE_STORIES[function, sid].split(":")[0], sid))
                continue
            for action in as_list(statement["Action"]):
                if not any(one[:2] == (sid, action) for one in used) \
                        and (function, action) not in NOT_IN_THESE_STORIES:
                    wrong.append(f"{function}: the statement {sid} allows {action}, which is never called")
            for resource in as_list(statement["Resource"]):
                if not any(one[0] == sid and one[2] == resource for one in used):
                    wrong.append(f"{function}: the statement {sid} names {resource}, on which nothing is called")
        for (action, resource), sids in sorted(made.items()):
            table.append((function, action, resource.rpartition(":")[2], ", ".join(sorted(sids))))
    return table, wrong


# Lines that are not a function's own: the service's, and what the runtime's library says where it finds no service that
# could tell it of its end.
OF_THE_SERVICE = re.compile(
    r"(START|END|REPORT|INIT|INIT_START) |thread '.*panicked at .*/lambda_runtime-[^/]*/src/lib\.rs:|"
    r"could not register no-op extension|note: run with `RUST_BACKTRACE|\s*$")


def unknown(lines):
    """Lines of a function that ended in a way of its own: a panic, or what the system says of it."""
    for where, line in lines:
        if not line.startswith("{") and not OF_THE_SERVICE.match(line):
            yield f"{where}: {line[:300]}"


def personal(items, wake_ups):
    """What is personal in a story's cohort: addresses, names, tokens, numbers; each with what it is."""
    found = {}

    def look(value, name=""):
        if isinstance(value, dict):
            for key, inner in value.items():
                look(inner, key)
        elif isinstance(value, list):
            for inner in value:
                look(inner, name)
        elif isinstance(value, str) and name in ("email", "name", "token", "ine", "grounds", "facts", "text"):
            found[value] = name

    for item in items:
        look(item["row"])
    for wake_up in wake_ups:
        look(wake_up["event"])
    return {value: name for value, name in found.items() if len(value) >= 4}


def leaks(lines, secrets):
    """The log lines that hold something personal, without repeating it."""
    for where, line in lines:
        for value, name in secrets.items():
            if value in line:
                yield f"a line of {where} holds a candidate's {name}"
        if re.search(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,}", line):
            yield f"a line of {where} holds an address: {re.sub('[A-Za-z0-9._%+-]+@', '…@', line)[:300]}"
