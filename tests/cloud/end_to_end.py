"""Plays stories through the deployed template on an emulated AWS, and compares what they leave with the run of the same
stories on this machine: `tests/cloud/end_to_end.sh`.

    end_to_end.py MONMASTER BINARIES OUT STORY...
"""

import json
import pathlib
import subprocess
import sys
import time
import tomllib

import mail_events
import verify
from emulator import Emulator, Stack, package
from replay import Replay

FUNCTIONS = ["commands", "contract-check", "deadline-expiry", "deadline-reminder", "mail-dispatch", "mail-feedback",
             "night-report", "phase-transition", "ranking-intake", "vacancy-intake", "waitlist-advance"]


# What a story makes a function raise an alarm over, though it has not failed.
ALARM_OF_A_STORY = "A file names a formation of another establishment"


class Checks:
    def __init__(self):
        self.passed, self.failed = 0, 0

    def check(self, what, wrong):
        wrong = list(wrong)
        print(f"{'FAILED' if wrong else 'ok    '}  {what}")
        for one in wrong[:20]:
            print(f"        {one}")
        self.passed += not wrong
        self.failed += bool(wrong)


def record(monmaster, story, out, *more):
    subprocess.run([monmaster, "scenario", story, "--record", out, *more], check=True, stdout=subprocess.DEVNULL)


def play(emulator, template_url, number, monmaster, story, out):
    """Deploys a stage for a story, records the story here with that stage's key, and plays it there."""
    stage, clock = f"test-{number}", emulator.folder / f"clock-{number}"
    told = tomllib.loads(story.read_text())
    # A test stage may be given a campaign file: that of a story with rules of its own.
    campaign = str((out / story.stem / "campaign.toml").resolve()) if "rules" in told else told["campaign"]
    record(monmaster, story, out)
    stack = Stack(emulator, template_url, stage, {
        "Campaign": campaign, "ClockFile": str(clock), "MailIdentity": "made-here" if number == 1 else "exists",
        "MailDomain": "monmaster.example", "SpaceUrl": "https://monmaster.example"})
    key = stack.environment("commands")["TOKEN_KEY"]
    # Once more, now that the stage's own key is known: with it the links in mails are the same here and there.
    record(monmaster, story, out, "--token-key", key)
    recorded = out / story.stem
    wake_ups = [json.loads(line) for line in (recorded / "wakeups.jsonl").read_text().splitlines()]
    replay = Replay(stack, clock, recorded)
    begun = time.monotonic()
    replay.play(wake_ups)
    print(f"played  {story.stem}: {sum(replay.triggers.values())} wake-ups in {time.monotonic() - begun:.0f} s")
    for (function, trigger), times in sorted(replay.triggers.items()):
        print(f"        {function:18} {trigger:24} {times}")
    return stack, recorded, wake_ups, replay.renamed


def main():
    monmaster, binaries, out, *stories = map(pathlib.Path, sys.argv[1:])
    emulated = out / "emulated"
    emulated.mkdir(parents=True, exist_ok=True)
    emulator, checks = Emulator(emulated), Checks()
    try:
        template_url, _ = package(emulator, binaries)
        played = [play(emulator, template_url, number, monmaster, story, out)
                  for number, story in enumerate(stories, start=1)]
        for stack, recorded, _, renamed in played:
            for name in ("state", "journal"):
                local = verify.local_items(recorded / f"{name}.jsonl", renamed)
                deployed = verify.deployed_items(stack.items(name))
                checks.check(f"{recorded.name}: the {len(local)} items of {name} are those of the run on this machine",
                             verify.differences(local, deployed))
            checks.check(f"{recorded.name}: what the mail service tells of each mail is kept, in any order and twice",
                         mail_events.play(stack, [mail for mail in emulator.proxy.mails
                                                  if mail.tags.get("stage") == stack.stage]))
        calls = emulator.proxy.calls
        keys = {(stack, name): stack.access_key(name) for stack, *_ in played for name in FUNCTIONS}
        rows, wrong = [], []
        first = played[0][0]

        def calls_of(name):
            # Calls of every stage, as if they were the first one's: its policies are the same but for the name.
            return [call_as(call, stack, first) for stack, *_ in played for call in calls
                    if call.access_key == keys[stack, name]]

        rows, wrong = verify.policies(FUNCTIONS, first.policy, calls_of)
        checks.check("each function's calls are allowed by its role, and what its role allows is called", wrong)
        (out / "policies.txt").write_text(table(rows))
        print(table(rows))
        stages = [stack.stage for stack, *_ in played]
        checks.check("every mail is tagged with its stage", (
            f"tags {mail.tags}" for mail in emulator.proxy.mails if mail.tags.get("stage") not in stages))
        lines = [(name, line) for stack, *_ in played for name in FUNCTIONS for line in stack.log_lines(name)]
        secrets = {}
        for _, recorded, wake_ups, _ in played:
            items = [json.loads(line) for file in ("state", "journal")
                     for line in (recorded / f"{file}.jsonl").read_text().splitlines()]
            secrets |= verify.personal(items, wake_ups)
        checks.check(f"none of the {len(lines)} log lines holds one of {len(secrets)} names, addresses and tokens",
                     verify.leaks(lines, secrets))
        checks.check("no function failed", (
            line[:300] for name, line in lines if '"level":"ERROR"' in line and ALARM_OF_A_STORY not in line))
        checks.check("every line is a function's own or the service's", verify.unknown(lines))
        checks.check("nothing lies in a queue of failures", (
            f"{messages} in {queue}" for stack, *_ in played for queue, messages in stack.failures() if messages))
        (out / "functions.log").write_text("".join(f"{name} {line.rstrip()}\n" for name, line in lines))
    finally:
        emulator.stop()
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(checks.failed > 0)


def call_as(call, stack, first):
    from dataclasses import replace
    return replace(call, resource=call.resource.replace(f"monmaster-{stack.stage}", f"monmaster-{first.stage}"))


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows) + "\n"


if __name__ == "__main__":
    main()
