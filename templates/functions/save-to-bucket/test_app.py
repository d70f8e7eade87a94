import json
import os
import pathlib
import sys
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import standins as aws  # noqa: E402

PASS = {"actions": [{"allRecipients": True, "action": {"type": "DEFAULT"}}]}
NAME = "0d7c3a52-6d0e-3a1f-9a55-2f6f0c1e9a10"


class SaveToBucket(unittest.TestCase):
    def setUp(self):
        self.app, self.bucket = aws.load(__file__), aws.Bucket()
        self.app.log.disabled = True

    def run_on(self, flow, prefix="", **changes):
        aws.use(self.app, workmailmessageflow=flow, s3=self.bucket)
        with mock.patch.dict(os.environ, PREFIX=prefix, COPY_BUCKET="copies"):
            return self.app.handler(aws.event(__file__, **changes), aws.CONTEXT)

    def test_octets_and_event_are_kept(self):
        content = aws.message(b"\xff\x00 broken", subject=b"\xfc")
        self.assertEqual(self.run_on(aws.Flow(content), "mail/", subject=None), PASS)
        self.assertEqual(self.bucket.keys, [f"mail/inbound/{NAME}.eml", f"mail/inbound/{NAME}.json"])
        self.assertEqual(self.bucket.objects["copies", f"mail/inbound/{NAME}.eml"], content)
        self.assertIsNone(json.loads(self.bucket.objects["copies", f"mail/inbound/{NAME}.json"])["subject"])

    def test_twice_is_once(self):
        self.run_on(aws.Flow(aws.message()), flowDirection="OUTBOUND", envelope=aws.mail_from(""))
        self.run_on(aws.Flow(aws.message()), flowDirection="OUTBOUND", envelope=aws.mail_from(""))
        self.assertEqual(self.bucket.keys, [f"outbound/{NAME}.eml", f"outbound/{NAME}.json"])

    def test_a_message_that_is_gone_leaves_nothing(self):
        self.assertEqual(self.run_on(aws.Flow(get_fails="ResourceNotFoundException")), PASS)
        self.assertEqual(self.bucket.keys, [])

    def test_a_copy_that_cannot_be_kept_is_an_error(self):
        self.bucket.fails = "SlowDown"
        with self.assertRaises(aws.ClientError):
            self.run_on(aws.Flow(aws.message()))

    def test_a_huge_message(self):
        self.assertEqual(self.run_on(aws.Flow(b"x" * (40 << 20))), PASS)
        self.assertEqual(len(self.bucket.objects["copies", f"inbound/{NAME}.eml"]), 40 << 20)


if __name__ == "__main__":
    unittest.main()
