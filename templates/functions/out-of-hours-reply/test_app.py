import datetime
import email
import email.policy
import os
import pathlib
import sys
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import standins as aws  # noqa: E402

SUNDAY = datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.timezone.utc)
SETTINGS = {"REPLY_FROM": "Support@acme.example", "TEXT": "Closed.\\nCome back", "TIME_ZONE": "UTC", "OPEN_DAYS": "1,2,3,4,5",
            "OPEN_FROM": "08:00", "OPEN_UNTIL": "18:00", "ANSWERED_BUCKET": "answered"}


def mail(trace=b"Return-Path: <bob@outside.example>", **more):
    return aws.message(trace=trace, **more).replace(b"To: alice@acme.example", b"To: Desk <SUPPORT@acme.example>")


class OutOfHoursReply(unittest.TestCase):
    def setUp(self):
        self.app, self.bucket, self.mailer = aws.load(__file__), aws.Bucket(), aws.Mailer()
        self.app.log.disabled = True

    def answered(self, content=None, now=SUNDAY, flow=None, settings=(), **changes):
        """How many answers this message got."""
        aws.use(self.app, s3=self.bucket, sesv2=self.mailer,
                workmailmessageflow=flow or aws.Flow(mail() if content is None else content))
        before = len(self.mailer.sent)
        with (mock.patch.dict(os.environ, {**SETTINGS, **dict(settings)}),
              mock.patch.object(self.app.datetime, "datetime", mock.Mock(now=lambda zone: now))):
            self.assertIsNone(self.app.handler(aws.event(__file__, **changes), aws.CONTEXT))
        return len(self.mailer.sent) - before

    def test_an_answer_marks_itself_as_a_programs(self):
        self.assertEqual(self.answered(subject="Help\r\nBcc: x@y.example"), 1)
        author, recipients, octets = self.mailer.sent[0]
        reply = email.message_from_bytes(octets, policy=email.policy.default)
        self.assertEqual((author, recipients), ("Support@acme.example", ["bob@outside.example"]))
        self.assertEqual(reply["Auto-Submitted"], "auto-replied")
        self.assertEqual(reply["In-Reply-To"], "<1@outside.example>")
        self.assertEqual(reply["Subject"], "Auto: Help  Bcc: x@y.example")
        self.assertIsNone(reply["Bcc"])
        self.assertEqual(reply.get_content().split(), ["Closed.", "Come", "back"])

    def test_office_hours(self):
        def at(day, hour, minute, settings=()):
            self.bucket.objects.clear()
            return self.answered(now=datetime.datetime(2026, 11, day, hour, minute, tzinfo=datetime.timezone.utc), settings=settings)
        self.assertEqual([at(20, 7, 59), at(20, 8, 0), at(20, 17, 59), at(20, 18, 0), at(21, 12, 0)], [1, 0, 0, 1, 1])
        self.assertEqual(at(20, 7, 59, {"TIME_ZONE": "Nowhere/Atlantis"}), 1)
        try:
            self.app.zoneinfo.ZoneInfo("Asia/Tokyo")
        except Exception:
            self.skipTest("no time zone database here")
        self.assertEqual([at(19, 22, 59, {"TIME_ZONE": "Asia/Tokyo"}), at(19, 23, 0, {"TIME_ZONE": "Asia/Tokyo"})], [1, 0])

    def test_once_for_each_sender_and_day(self):
        other = mail(b"Return-Path: <eve@outside.example>")
        self.assertEqual([self.answered(), self.answered(), self.answered(other)], [1, 0, 1])
        self.assertEqual(self.answered(now=SUNDAY + datetime.timedelta(days=6)), 1)

    def test_an_answer_that_could_not_be_sent_is_sent_next_time(self):
        self.mailer.fails = "TooManyRequestsException"
        with self.assertRaises(aws.ClientError):
            self.answered()
        self.mailer.fails = None
        self.assertEqual(self.answered(), 1)

    def test_machines_get_no_answer(self):
        for trace in (b"Return-Path: <>", b"Return-Path: <mailer-daemon@outside.example>", b"Return-Path: nobody",
                      b"Return-Path: <noreply@outside.example>", b"Return-Path: <owner-list@outside.example>",
                      b"Return-Path: <support@acme.example>"):
            self.assertEqual(self.answered(mail(trace)), 0, trace)
        for field in (b"Auto-Submitted: auto-replied", b"Auto-Submitted: auto-generated; x=y", b"Precedence: Bulk",
                      b"List-Id: <all.acme.example>", b"List-Unsubscribe: <mailto:x@y>", b"X-Auto-Response-Suppress: DR, OOF",
                      b"Content-Type: multipart/report; boundary=b", b"X-SES-Spam-Verdict: FAIL"):
            self.assertEqual(self.answered(mail(headers=field)), 0, field)
        self.assertEqual(self.answered(envelope=aws.mail_from("")), 0)
        self.assertEqual(self.answered(mail(headers=b"Auto-Submitted: no")), 1)

    def test_who_is_not_named_does_not_answer(self):
        self.assertEqual(self.answered(aws.message()), 0)
        self.assertEqual(self.answered(aws.message(headers=b"Cc: a@b.example, support@acme.example")), 1)

    def test_odd_messages(self):
        self.assertEqual(self.answered(flow=aws.Flow(get_fails="ResourceNotFoundException")), 0)
        for content in (b"", b"\xff\xfe", b"x" * (1 << 20)):
            self.assertEqual(self.answered(content), 0)
        odd = mail().replace(b"Message-ID: <1@outside.example>", b"Message-ID: <\xe4 [broken@>")
        self.assertEqual(self.answered(odd, subject=None), 1)
        reply = email.message_from_bytes(self.mailer.sent[-1][2], policy=email.policy.default)
        self.assertEqual((reply["Subject"], reply["In-Reply-To"]), ("Auto: your message", None))
        self.bucket.objects.clear()
        self.assertEqual(self.answered(mail().replace(b"<1@outside.example>", b"<broken@[id>"), subject="Grüße " * 60), 1)


if __name__ == "__main__":
    unittest.main()
