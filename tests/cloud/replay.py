"""Wakes the deployed functions as a story's jobs were woken on this machine: by the same triggers as in the cloud, at the
same instants, some of them twice and some of them late."""

import datetime
import hashlib
import json
import time
import urllib.parse

from emulator import wait

# How long a new notice may lie before its stream has brought it to mail-dispatch.
STREAM_PATIENCE = 60

# Of the wake-ups that changed nothing on this machine, on a day on which nobody did anything or by mail-dispatch, so many
# are left out for each that is played.
UNCHANGED_LEFT_OUT = 9

# The same of the functions that look for what people left, whose ticks mostly find nothing.
LOOKED_IN_VAIN_LEFT_OUT = 49

# A command is delivered once more after so many others.
LATE_BY = 6

# One of so many runs of a job is followed by another one at the same instant.
TWICE_ONE_OF = 4

# The functions that look for what people left.
LOOKING = ("contract-check", "vacancy-intake", "ranking-intake")

# How many hexadecimal digits of a digest name an upload (functions/jobs/src/intake).
UPLOAD_ID_DIGITS = 32


class Replay:
    def __init__(self, stack, clock_file, recorded):
        self.stack, self.clock_file, self.story = stack, clock_file, recorded.name
        self.triggers = {}
        journal = map(json.loads, (recorded / "journal.jsonl").read_text().splitlines())
        # When each notice found its end on this machine.
        self.ended_at = {(item["pk"], item["sk"]): item["row"]["status"]["at"] for item in journal
                         if item["sk"].startswith("N#") and "at" in item["row"]["status"]}
        self._schedules = 0
        files = map(json.loads, (recorded / "uploads.jsonl").read_text().splitlines())
        self._files = {(file["key"], file["version"]): bytes.fromhex(file["bytes"]) for file in files}
        # The last file that came, as the bucket tells of it.
        self._last_file = None
        # What names a version of a file, and the file's verdict: here, and in the bucket.
        self.renamed = {}

    def play(self, wake_ups):
        commands, unchanged = [], {True: 0, False: 0}
        eventful = {wake_up["at"][:10] for wake_up in wake_ups if wake_up["function"] == "commands"}
        last = {wake_up["function"]: number for number, wake_up in enumerate(wake_ups)}
        for number, wake_up in enumerate(wake_ups):
            function, event = wake_up["function"], wake_up["event"]
            if "detail" in event:
                self._at(wake_up["at"])
                self._arrives(function, event["detail"]["object"])
                self._by_stream()
                continue
            if not wake_up["changed"]:
                looking = function in LOOKING
                unchanged[looking] += 1
                left_out = LOOKED_IN_VAIN_LEFT_OUT if looking else UNCHANGED_LEFT_OUT
                busy = wake_up["at"][:10] in eventful and function != "mail-dispatch" and not looking
                # The last one of each is under the campaign as it was amended.
                if busy or number == last[function] or unchanged[looking] % (left_out + 1) == 0:
                    self._at(wake_up["at"])
                    self._invoke(function, event, "invoke")
                continue
            self._at(wake_up["at"])
            if function == "commands":
                commands.append((event, self._invoke(function, event, "invoke")))
                self._again(*commands[-1])
                if len(commands) > LATE_BY:
                    self._again(*commands[-1 - LATE_BY])
                self._by_stream()
            elif function == "mail-dispatch":
                if self._owed():
                    self._by_schedule(function)
                    wait(lambda: not self._owed(), f"{self.story}: mail-dispatch to send what is owed")
                self._invoke(function, self._batch(), "stream, out of order")
            else:
                self._by_schedule(function)
                if self.triggers[function, "schedule"] % TWICE_ONE_OF == 1:
                    self._invoke(function, event, "invoke, a second time")

    def _at(self, instant):
        self.instant = instant
        unfinished = self.clock_file.with_suffix(".new")
        unfinished.write_text(instant)
        unfinished.rename(self.clock_file)

    def _count(self, function, trigger):
        self.triggers[function, trigger] = self.triggers.get((function, trigger), 0) + 1

    def _invoke(self, function, event, trigger):
        self._count(function, trigger)
        answer = self.stack.lambda_.invoke(FunctionName=self.stack.function(function), Payload=json.dumps(event).encode())
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise SystemExit(f"{self.story}: {function} at {self.instant} failed: {payload}")
        return payload

    def _again(self, event, answer):
        """The same command once more: the same answer."""
        found = self._invoke("commands", event, "invoke, a second time")
        if found != answer:
            raise SystemExit(f"{self.story}: {event['command_id']} was answered {answer}, then {found}")

    def _by_schedule(self, function):
        """Fires the function's own schedule now, by a copy of it that fires once: target, role and input are its own."""
        self._count(function, "schedule")
        self._schedules += 1
        scheduler, name = self.stack.scheduler, self.stack.function(function)
        schedule = scheduler.get_schedule(Name=name)
        now = datetime.datetime.now(datetime.timezone.utc)
        before = self._ended(function)
        scheduler.create_schedule(
            Name=f"{name}-{self._schedules}", ScheduleExpression=f"at({now:%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow=schedule["FlexibleTimeWindow"], Target=schedule["Target"],
            ActionAfterCompletion="DELETE")
        wait(lambda: self._ended(function) > before, f"{function} to end")

    def _arrives(self, function, named):
        """Puts a file into the bucket, which wakes its function; then tells of the file before it, and of this one again."""
        self._count(function, "object created")
        proxy, before = self.stack.emulator.proxy, self._ended(function)
        proxy.now = sortable(self.instant)[:23] + "Z"
        key, here = named["key"], named["version-id"]
        bucket = self.stack.environment(function)["UPLOADS_BUCKET"]
        there = self.stack.s3.put_object(Bucket=bucket, Key=key, Body=self._files[key, here])["VersionId"]
        self.renamed |= {upload_id(key, here): upload_id(key, there), f'"{here}"': f'"{there}"',
                         f'#{here}"': f'#{there}"'}
        wait(lambda: self._ended(function) > before, f"{function} to end")
        encoded = urllib.parse.quote_plus(key, safe="/")
        event = {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": encoded, "versionId": there}}}]}
        for late in (self._last_file, (function, event)):
            if late:
                self._invoke(*late, "object created, late or twice")
        self._last_file = function, event

    def _ended(self, function):
        """How many invocations of a function have ended."""
        return sum(line.startswith("REPORT RequestId") for line in self.stack.log_lines(function))

    def _by_stream(self):
        """Waits until the stream of the journal has brought what was written just now to mail-dispatch."""
        if not self._owed(new=True):
            return
        until = time.monotonic() + STREAM_PATIENCE
        while self._owed(new=True):
            if time.monotonic() > until:
                raise SystemExit(f"{self.story}: a notice of {self.instant} was not brought by the stream")
            time.sleep(0.05)
        self._count("mail-dispatch", "stream")

    def _owed(self, new=False):
        """The notices that had found their end by now on this machine, and there are owed still; or only new ones."""
        open_ = {(item["pk"]["S"], item["sk"]["S"]): item["row"]["M"] for item in self.stack.items("journal")
                 if item["sk"]["S"].startswith("N#") and "at" not in item["row"]["M"]["status"]["M"]}
        return {key for key, row in open_.items()
                if sortable(self.ended_at.get(key, "~")) <= sortable(self.instant)
                and (not new or row["created_at"]["S"] == self.instant)}

    def _batch(self):
        """A batch of the stream with every notice so far, the last first: events of long ago, out of order."""
        notices = [item for item in self.stack.items("journal") if item["sk"]["S"].startswith("N#")]
        return {"Records": [
            {"eventName": "INSERT", "dynamodb": {
                "Keys": {"pk": item["pk"], "sk": item["sk"]}, "SequenceNumber": str(len(notices) - number)}}
            for number, item in enumerate(reversed(notices))]}


def upload_id(key, version):
    """What names an upload in the tables."""
    return hashlib.sha256(f"{key}\n{version}".encode()).hexdigest()[:UPLOAD_ID_DIGITS]


def sortable(instant):
    """An instant as text that sorts like it: with six digits behind the seconds."""
    whole, _, fraction = instant.rstrip("Z").partition(".")
    return f"{whole}.{fraction:0<6}Z"
