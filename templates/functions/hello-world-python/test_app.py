import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import standins as aws  # noqa: E402

PASS = {"actions": [{"allRecipients": True, "action": {"type": "DEFAULT"}}]}


class HelloWorld(unittest.TestCase):
    def setUp(self):
        self.app = aws.load(__file__)

    def run_on(self, flow, **changes):
        aws.use(self.app, workmailmessageflow=flow)
        with self.assertLogs() as self.logs:
            return self.app.handler(aws.event(__file__, **changes), aws.CONTEXT)

    def test_a_message_is_logged_and_passes(self):
        self.assertEqual(self.run_on(aws.Flow(aws.message())), PASS)
        self.assertIn("subject 'Hello', type text/plain", self.logs.output[0])

    def test_no_subject(self):
        self.assertEqual(self.run_on(aws.Flow(aws.message(subject=None)), subject=None), PASS)
        self.assertIn("subject None", self.logs.output[0])

    def test_a_subject_cannot_forge_log_lines(self):
        self.run_on(aws.Flow(aws.message()), subject="a\nERROR all is lost")
        self.assertNotIn("\n", self.logs.output[0])

    def test_a_message_that_is_gone_passes(self):
        self.assertEqual(self.run_on(aws.Flow(get_fails="ResourceNotFoundException")), PASS)

    def test_other_failures_are_left_to_the_rule(self):
        aws.use(self.app, workmailmessageflow=aws.Flow(get_fails="AccessDeniedException"))
        with self.assertRaises(aws.ClientError):
            self.app.handler(aws.event(__file__), aws.CONTEXT)

    def test_octets_that_are_no_message(self):
        for content in (b"", b"\xff\xfe\x00", b"Content-Type: multipart/mixed\r\n\r\n--", b"x" * (2 << 20)):
            self.assertEqual(self.run_on(aws.Flow(content)), PASS)


if __name__ == "__main__":
    unittest.main()
