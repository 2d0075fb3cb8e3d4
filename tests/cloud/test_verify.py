"""The checks of the end-to-end run find what they look for: run before it by `tests/cloud/end_to_end.sh`."""

import unittest

import verify
from proxy import Call

TABLE = "arn:aws:dynamodb:eu-west-3:000000000000:table/state"
READ = {"Sid": "Read", "Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": TABLE}
WRITE = {"Sid": "Write", "Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": TABLE,
         "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["C#*"]}}}
GET = Call("key", "dynamodb:GetItem", TABLE, ("M#x",))
PUT = Call("key", "dynamodb:PutItem", TABLE, ("C#x",))


def wrong(statements, calls):
    return verify.policies(["f"], lambda _: statements, lambda _: calls)[1]


class Verify(unittest.TestCase):
    def test_what_is_called_and_allowed_is_right(self):
        self.assertEqual(wrong([READ, WRITE], [GET, PUT]), [])

    def test_a_right_that_is_missing_is_named(self):
        self.assertIn("no statement allows dynamodb:PutItem", wrong([READ], [GET, PUT])[0])
        other = Call("key", "dynamodb:PutItem", TABLE, ("J#gate",))
        self.assertIn("no statement allows dynamodb:PutItem", wrong([READ, WRITE], [GET, PUT, other])[0])

    def test_a_right_that_is_not_used_is_named(self):
        self.assertIn("Write allows dynamodb:PutItem, which is never called", wrong([READ, WRITE], [GET])[0])
        wide = READ | {"Resource": [TABLE, TABLE + "/index/due"]}
        self.assertIn("on which nothing is called", wrong([wide], [GET])[0])

    def test_items_that_differ_are_named(self):
        here = {("C#a", "STATE"): {"version": 1, "row": {}}, ("C#b", "STATE"): {"version": 1, "row": {}}}
        there = {("C#a", "STATE"): {"version": 2, "row": {}}, ("C#c", "STATE"): {"version": 1, "row": {}}}
        found = list(verify.differences(here, there))
        self.assertEqual([line.split(":")[0] for line in found], [
            "C#a / STATE differs in version", "C#b / STATE is only here", "C#c / STATE is only deployed"])

    def test_what_is_personal_is_found_and_not_repeated(self):
        secrets = verify.personal([{"row": {"email": "alice@example.org"}}], [{"event": {"token": "T0ken-of-alice"}}])
        lines = [("f", "sent to alice@example.org"), ("f", "token T0ken-of-alice"), ("f", "to bob@example.org"), ("f", "C#c-1")]
        found = list(verify.leaks(lines, secrets))
        self.assertEqual(len(found), 4)
        self.assertNotIn("alice", " ".join(found))

    def test_a_panic_is_not_the_service(self):
        lines = ["START RequestId: 1", '{"level":"INFO"}', "", "REPORT RequestId: 1 Duration: 1 ms",
                 "thread 'main' panicked at /x/lambda_runtime-1.5.0/src/lib.rs:287:10:",
                 "thread 'main' panicked at functions/jobs/src/night/mod.rs:1:1:", "2024 Task timed out after 3.00 seconds"]
        self.assertEqual(len(list(verify.unknown(("f", line) for line in lines))), 2)


if __name__ == "__main__":
    unittest.main()
