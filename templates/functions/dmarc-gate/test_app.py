import os
import pathlib
import sys
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import standins as aws  # noqa: E402

FAIL = (b"Authentication-Results: amazonses.com;\n spf=fail (spfCheck: 192.0.2.1 may not send) client-ip=192.0.2.1;\n"
        b" dkim=none header.i=@bank.example;\n dmarc=fail header.from=bank.example;")


class DmarcGate(unittest.TestCase):
    def run_on(self, trace, action="BOUNCE", exempt="", trusted="", flow=None, **changes):
        app = aws.load(__file__)
        app.log.disabled = True
        aws.use(app, workmailmessageflow=flow or aws.Flow(aws.message(trace=trace)))
        with mock.patch.dict(os.environ, FAIL_ACTION=action, EXEMPT_DOMAINS=exempt, TRUSTED_SERVER=trusted):
            [self.found] = app.handler(aws.event(__file__, **changes), aws.CONTEXT)["actions"]
        self.assertTrue(self.found["allRecipients"])
        return self.found["action"]["type"]

    def test_fail_acts_and_names_the_domain(self):
        self.assertEqual(self.run_on(FAIL), "BOUNCE")
        self.assertIn("bank.example", self.found["action"]["parameters"]["bounceMessage"])
        self.assertEqual(self.run_on(FAIL, "MOVE_TO_JUNK", subject=None), "MOVE_TO_JUNK")
        self.assertNotIn("parameters", self.found["action"])

    def test_anything_else_passes(self):
        for result in (b"pass", b"none", b"temperror", b"permerror", b"bestguesspass"):
            self.assertEqual(self.run_on(FAIL.replace(b"dmarc=fail", b"dmarc=" + result)), "DEFAULT")
        for trace in (b"", b"Authentication-Results:", b"Authentication-Results: mx.acme.example; none", b"X-A: dmarc=fail",
                      b"Authentication-Results: mx; ((((", b"Authentication-Results: \xff;;dmarc"):
            self.assertEqual(self.run_on(trace), "DEFAULT")

    def test_a_field_that_came_with_the_message_does_not_count(self):
        self.assertEqual(self.run_on(FAIL + b"\nAuthentication-Results: amazonses.com; dmarc=pass"), "BOUNCE")
        self.assertEqual(self.run_on(b"Authentication-Results: mx.acme.example; none\n" + FAIL), "DEFAULT")

    def test_comments_and_quoted_text_say_nothing(self):
        for trick in (b'mx; spf=fail reason="; dmarc=pass"; dmarc=fail header.from=a.example',
                      b"mx; spf=fail (a (nested; dmarc=pass) \\) ; dmarc=pass); dmarc = fail",
                      b"mx (; dmarc=pass); dmarc=fail (p=none; dis=none)"):
            self.assertEqual(self.run_on(b"Authentication-Results: " + trick), "BOUNCE", trick)

    def test_a_trusted_server_by_name(self):
        self.assertEqual(self.run_on(FAIL, trusted="AmazonSES.com"), "BOUNCE")
        self.assertEqual(self.run_on(FAIL, trusted="mx.acme.example"), "DEFAULT")

    def test_an_exempt_domain_passes(self):
        self.assertEqual(self.run_on(FAIL, exempt="a.example, Bank.example"), "DEFAULT")

    def test_a_bounce_is_not_bounced(self):
        self.assertEqual(self.run_on(FAIL, envelope=aws.mail_from("")), "DROP")

    def test_a_message_that_is_gone_or_no_message_passes(self):
        self.assertEqual(self.run_on(b"", flow=aws.Flow(get_fails="ResourceNotFoundException")), "DEFAULT")
        for content in (b"", b"\xff" * 1000, b"a" * (1 << 20), b": \r\n" * 50_000):
            self.assertEqual(self.run_on(b"", flow=aws.Flow(content)), "DEFAULT")


if __name__ == "__main__":
    unittest.main()
