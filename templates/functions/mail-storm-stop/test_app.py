import os
import pathlib
import sys
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import standins as aws  # noqa: E402

PASS = {"allRecipients": True, "action": {"type": "DEFAULT"}}


class MailStormStop(unittest.TestCase):
    def setUp(self):
        self.app, self.bucket, self.number = aws.load(__file__), aws.Bucket(), 0
        self.app.log.disabled = True
        aws.use(self.app, s3=self.bucket)

    def send(self, *recipients, now=1000, sender="bob@outside.example", message_id=None, **changes):
        self.number += 1
        envelope = {"mailFrom": {"address": sender}, "recipients": [{"address": address} for address in recipients]}
        changes.update(envelope=envelope, messageId=message_id or f"m{self.number}")
        with (mock.patch.dict(os.environ, WATCHED="All@acme.example, a/b@acme.example", THRESHOLD="3",
                              WINDOW_SECONDS="300", COUNT_BUCKET="counts"),
              mock.patch.object(self.app.time, "time", return_value=now)):
            return self.app.handler(aws.event(__file__, **changes), aws.CONTEXT)["actions"]

    def test_the_message_past_the_threshold_is_bounced_for_the_watched_alone(self):
        for _ in range(3):
            self.assertEqual(self.send("all@acme.example", "ann@acme.example"), [PASS])
        bounce, rest = self.send("ALL@acme.example", "ann@acme.example", subject=None)
        self.assertEqual(bounce["recipients"], ["ALL@acme.example"])
        self.assertEqual(bounce["action"]["type"], "BOUNCE")
        self.assertIn("ALL@acme.example", bounce["action"]["parameters"]["bounceMessage"])
        self.assertEqual(rest, PASS)

    def test_other_addresses_are_not_counted(self):
        for _ in range(9):
            self.assertEqual(self.send("ann@acme.example"), [PASS])
        self.assertEqual(self.bucket.keys, [])

    def test_addresses_are_counted_apart(self):
        for _ in range(3):
            self.send("all@acme.example")
        self.assertEqual(self.send("a/b@acme.example"), [PASS])

    def test_a_repeated_event_counts_once(self):
        for _ in range(9):
            self.assertEqual(self.send("all@acme.example", message_id="same"), [PASS])

    def test_messages_that_are_counted_at_once_do_not_stop_each_other(self):
        # Three others put their objects before this one lists: it is the first of them still.
        listing = self.bucket.list_objects_v2

        def meanwhile(Bucket, Prefix, **more):
            for name in ("a", "b", "c"):
                self.bucket.objects.setdefault((Bucket, Prefix + name), b"")
            return listing(Bucket, Prefix, **more)
        self.bucket.list_objects_v2 = meanwhile
        self.assertEqual(self.send("all@acme.example", message_id="z"), [PASS])
        self.assertEqual(len(self.send("all@acme.example", message_id="late")), 2)

    def test_a_storm_of_thousands(self):
        self.send("all@acme.example")
        [key] = self.bucket.keys
        for number in range(1000):
            self.bucket.objects["counts", f"{key}-{number}"] = b""
        self.assertEqual(len(self.send("all@acme.example")), 2)

    def test_the_next_window_begins_anew(self):
        for now in (900, 1000, 1100, 1199):
            last = self.send("all@acme.example", now=now)
        self.assertEqual(len(last), 2)
        self.assertEqual(self.send("all@acme.example", now=1200), [PASS])

    def test_bounces_are_dropped_not_bounced(self):
        for nobody in ("", "", None, ""):
            last = self.send("all@acme.example", sender=nobody)
        self.assertEqual(last[0]["action"], {"type": "DROP"})

    def test_a_store_that_is_down_is_left_to_the_rule(self):
        self.bucket.fails = "SlowDown"
        with self.assertRaises(aws.ClientError):
            self.send("all@acme.example")


if __name__ == "__main__":
    unittest.main()
