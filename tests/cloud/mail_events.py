"""The stand-in of the mail service's events, of which the emulator has none: what the service tells of each mail that was
taken. Nobody but a service may put such events on the bus, so the deployed rule is asked of each whether it takes it, and
what it takes is given to its target."""

import json

from emulator import wait

TIME = "2024-12-01T08:00:00.000Z"


def event(mail, kind, **more):
    """An event as the service's own page on its records shows them, no further than is used."""
    tags = {name: [value] for name, value in mail.tags.items()}
    return {"eventType": kind, "mail": {"timestamp": TIME, "messageId": mail.id, "tags": tags}, **more}


def play(stack, mails):
    """Tells of each mail that it was sent and delivered, the second first, and of a candidate's last one that it came back for good;
    then all of it once more. Gives what is wrong."""
    bus = stack.emulator.client("events")
    rule, pattern = mail_rule(bus, stack)
    target = bus.list_targets_by_rule(Rule=rule)["Targets"][0]["Arn"]
    bounced = next(mail for mail in reversed(mails) if mail.tags["notice"].startswith("C"))
    told = [event(mail, "Delivery", delivery={"timestamp": TIME}) for mail in mails if mail != bounced]
    told.append(event(bounced, "Bounce", bounce={
        "bounceType": "Permanent", "timestamp": TIME,
        "bouncedRecipients": [{"emailAddress": address} for address in bounced.to]}))
    told += [event(mail, "Send") for mail in mails]
    # Another stage's: the rule leaves it out.
    told.append(event(mails[0], "Delivery", delivery={"timestamp": TIME}))
    told[-1]["mail"]["tags"]["stage"] = ["test-other"]

    def put():
        """Puts each event to the rule; how many it took."""
        taken = 0
        for detail in told:
            whole = json.dumps({
                "version": "0", "id": detail["mail"]["messageId"], "source": "aws.ses", "account": "000000000000",
                "detail-type": f"Email {detail['eventType']}", "time": TIME, "region": "eu-west-3", "resources": [],
                "detail": detail})
            if bus.test_event_pattern(EventPattern=pattern, Event=whole)["Result"]:
                taken += 1
                stack.lambda_.invoke(FunctionName=target, InvocationType="Event", Payload=whole.encode())
        return taken

    def heard():
        """How often mail-feedback has ended."""
        return sum(line.startswith("REPORT RequestId") for line in stack.log_lines("mail-feedback"))

    if put() != len(told) - 1:
        yield "the rule takes other events than those of its stage"
    wait(lambda: heard() >= len(told) - 1, "mail-feedback to hear of each mail")
    after = {table: snapshot(stack, table) for table in ("state", "journal")}
    put()
    wait(lambda: heard() >= 2 * (len(told) - 1), "mail-feedback to hear of each mail again")
    for table, items in after.items():
        if items != snapshot(stack, table):
            yield f"the same events once more changed {table}"
    sent = {item["row"]["M"]["status"]["M"]["provider_id"]["S"]: item for item in stack.items("journal")
            if item["row"]["M"].get("status", {}).get("M", {}).get("status", {}).get("S") == "sent"}
    for mail in mails:
        trail = json.dumps(sent[mail.id]["row"]["M"].get("trail", {})) if mail.id in sent else ""
        expected = "bounced_for_good" if mail == bounced else "delivered"
        if expected not in trail:
            yield f"the notice of a mail does not say that it was {expected}"
    suppressed = [item for item in stack.items("state") if item["sk"]["S"] == "SUPPRESSED"]
    if len(suppressed) != 1:
        yield f"{len(suppressed)} addresses take no mail any more; one came back"
    unreachable = [item for item in stack.items("state") if item["row"]["M"].get("unreachable", {}).get("BOOL")]
    if len(unreachable) != 1:
        yield f"{len(unreachable)} candidates cannot be reached; one address came back"


def snapshot(stack, table):
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in stack.items(table)}


def mail_rule(bus, stack):
    """The name and the pattern of the stage's own rule about mails."""
    for page in bus.get_paginator("list_rules").paginate():
        for rule in page["Rules"]:
            pattern = rule.get("EventPattern", "")
            if "aws.ses" in pattern and f'"{stack.stage}"' in pattern:
                return rule["Name"], pattern
    raise SystemExit(f"the stage {stack.stage} has no rule about mails")
