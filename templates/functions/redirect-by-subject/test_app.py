import os
import pathlib
import sys
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import standins as aws  # noqa: E402

PASS = {"allRecipients": True, "action": {"type": "DEFAULT"}}
DROP = {"allRecipients": True, "action": {"type": "DROP"}}


class RedirectBySubject(unittest.TestCase):
    def run_on(self, subject, redirects="[invoice]=acc@acme.example; [job] = hr@acme.example;", keep="true", **changes):
        app = aws.load(__file__)
        app.log.disabled = True
        with mock.patch.dict(os.environ, REDIRECTS=redirects, KEEP_ORIGINAL=keep):
            return app.handler(aws.event(__file__, subject=subject, **changes), aws.CONTEXT)["actions"]

    def to(self, *addresses):
        return {"recipients": list(addresses), "action": {"type": "DEFAULT"}}

    def test_a_word_adds_a_recipient(self):
        self.assertEqual(self.run_on("Re: [INVOICE] 17"), [self.to("acc@acme.example"), PASS])
        self.assertEqual(self.run_on("[job] and [invoice]"), [self.to("acc@acme.example", "hr@acme.example"), PASS])

    def test_the_original_recipients_can_be_taken_away(self):
        self.assertEqual(self.run_on("[job]", keep="false"), [self.to("hr@acme.example"), DROP])

    def test_without_a_word_nothing_changes(self):
        for subject in (None, "", "invoice", "Hello"):
            self.assertEqual(self.run_on(subject, keep="false", envelope=aws.mail_from("")), [PASS])

    def test_odd_pairs(self):
        self.assertEqual(self.run_on("a=b", redirects="a=b=x@y.example;=z@y.example;;c=; "), [self.to("x@y.example"), PASS])
        self.assertEqual(self.run_on("one two", redirects="one=X@y.example;two=x@Y.example"), [self.to("X@y.example"), PASS])


if __name__ == "__main__":
    unittest.main()
