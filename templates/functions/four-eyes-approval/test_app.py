import email
import email.policy
import os
import pathlib
import sys
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import standins as aws  # noqa: E402

PASS = {"actions": [{"allRecipients": True, "action": {"type": "DEFAULT"}}]}
WAIT = {"wait": {"seconds": 30}}
SETTINGS = {"APPROVER": "Carol@acme.example", "APPROVAL_FROM": "approvals@acme.example", "OWN_DOMAINS": "acme.example, acme.test",
            "WAIT_MINUTES": "60", "ASK_AGAIN_SECONDS": "30", "STATE_BUCKET": "state", "SECRET": "arn:secret"}


class FourEyesApproval(unittest.TestCase):
    def setUp(self):
        self.app, self.bucket, self.mailer = aws.load(__file__), aws.Bucket(), aws.Mailer()
        self.app.log.disabled = True
        self.secrets = aws.Secrets("not told")

    def call(self, handler, event, flow=None, now=1000):
        aws.use(self.app, s3=self.bucket, sesv2=self.mailer, secretsmanager=self.secrets,
                workmailmessageflow=flow or aws.Flow(aws.message()))
        with mock.patch.dict(os.environ, SETTINGS), mock.patch.object(self.app.time, "time", return_value=now):
            return handler(event, aws.CONTEXT)

    def hold(self, sender="ann@acme.example", to=("bob@outside.example",), flow=None, now=1000, **changes):
        envelope = {"mailFrom": {"address": sender}, "recipients": [{"address": address} for address in to]}
        return self.call(self.app.hold, aws.event(__file__, envelope=envelope, **changes), flow, now)

    def request(self):
        return email.message_from_bytes(self.mailer.sent[-1][2], policy=email.policy.default)

    def reply(self, text, sender="carol@acme.example", subject=None, headers=b"Content-Type: text/plain; charset=utf-8", **flow):
        changes = {"subject": subject or "AW: " + self.request()["Subject"], "flowDirection": "INBOUND",
                   "invocationId": "0" * 40, "envelope": aws.mail_from(sender)}
        flow = aws.Flow(aws.message(text, headers), **flow)
        self.assertEqual(self.call(self.app.decide, aws.event(__file__, **changes), flow), PASS)
        return self.hold()

    def bounced(self, answer):
        [action] = answer["actions"]
        return action["action"]["parameters"]["bounceMessage"] if action["action"]["type"] == "BOUNCE" else None

    def test_a_message_waits_asks_once_and_passes_when_approved(self):
        self.assertEqual([self.hold(), self.hold(now=1030)], [WAIT, WAIT])
        self.assertEqual(len(self.mailer.sent), 1)
        self.assertEqual(self.reply(b"\n Approve.\n\n> DENY"), PASS)

    def test_the_request_shows_the_message(self):
        self.hold(subject="Offer\r\nBcc: x@y.example", to=["bob@outside.example"] + [f"u{n}@b.example" for n in range(30)])
        request = self.request()
        self.assertIsNone(request["Bcc"])
        self.assertEqual((request["To"], request["From"]), ("Carol@acme.example", "approvals@acme.example"))
        text = request.get_body(("plain",)).get_content()
        self.assertIn("ann@acme.example wants to send a message to bob@outside.example,", text)
        self.assertIn("and 11 more", text)
        [attached] = request.iter_attachments()
        self.assertEqual(attached.get_content(), aws.message())

    def test_denied(self):
        self.hold()
        self.assertIn("not approved", self.bounced(self.reply(b"deny: wrong customer")))
        self.assertIn("not approved", self.bounced(self.reply(b"APPROVE")), "the first reply counts")

    def test_an_html_reply(self):
        self.hold()
        html = b"<html><style>deny {}</style><p><b>Approve</b></p></html>"
        self.assertEqual(self.reply(html, headers=b"Content-Type: text/html"), PASS)

    def test_replies_that_do_not_count(self):
        self.hold()
        self.assertEqual(self.reply(b"APPROVE", sender="ann@acme.example"), WAIT)
        self.assertEqual(self.reply(b"APPROVE", subject="no reference"), WAIT)
        forged = "[approval %s %s]" % (aws.event(__file__)["invocationId"], "0" * 20)
        self.assertEqual(self.reply(b"APPROVE", subject=forged), WAIT)
        for text in (b"", b"I approve", b"approved", b"\xff\xfe"):
            self.assertEqual(self.reply(text), WAIT, text)
        self.assertEqual(self.reply(b"APPROVE", headers=b"Content-Type: text/plain; charset=x-unheard-of"), WAIT)
        self.assertEqual(self.reply(b"", get_fails="ResourceNotFoundException"), WAIT)

    def test_too_late(self):
        self.hold(now=1000)
        self.assertEqual(self.hold(now=1000 + 3600), WAIT)
        self.assertIn("in time", self.bounced(self.hold(now=1001 + 3600)))

    def test_what_needs_no_approval(self):
        for changes in ({"to": ["x@ACME.example", "y@acme.test"]}, {"sender": "carol@acme.example"}, {"sender": ""},
                        {"sender": None}, {"sender": "Approvals@acme.example"}, {"to": []}):
            self.assertEqual(self.hold(**changes), PASS, changes)
        self.assertEqual(self.mailer.sent, [])

    def test_one_outside_recipient_is_enough_and_who_wrote_counts(self):
        self.assertEqual(self.hold(to=["x@acme.example", "y@sub.acme.example"]), WAIT)
        self.setUp()
        self.assertEqual(self.hold(sender="carol@acme.example"), PASS)
        envelope = {"mailFrom": {"address": "carol@acme.example"}, "recipients": [{"address": "bob@outside.example"}]}
        on_behalf = aws.event(__file__, envelope=envelope, sender={"address": "ann@acme.example"})
        self.assertEqual(self.call(self.app.hold, on_behalf), WAIT)

    def test_a_message_that_is_gone_passes_and_a_huge_one_is_described(self):
        self.assertEqual(self.hold(flow=aws.Flow(get_fails="ResourceNotFoundException")), PASS)
        self.assertEqual(self.hold(flow=aws.Flow(b"x" * (6 << 20)), subject=None), WAIT)
        self.assertIn("too large", self.request().get_content())
        self.assertIn("(no subject)", self.request()["Subject"])

    def test_a_request_that_could_not_be_sent_is_sent_next_time(self):
        self.mailer.fails = "TooManyRequestsException"
        with self.assertRaises(aws.ClientError):
            self.hold()
        self.mailer.fails = None
        self.assertEqual(self.hold(), WAIT)
        self.assertEqual(len(self.mailer.sent), 1)


if __name__ == "__main__":
    unittest.main()
