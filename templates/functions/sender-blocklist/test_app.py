import os
import pathlib
import sys
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import standins as aws  # noqa: E402


class SenderBlocklist(unittest.TestCase):
    def run_on(self, mail_from, listed="", parameter="", action="DROP", fails=None, app=None, **changes):
        app = app or aws.load(__file__)
        bucket = aws.Bucket(**({"lists/blocklist.txt": listed.encode()} if listed else {}))
        bucket.fails = fails
        aws.use(app, s3=bucket)
        with mock.patch.dict(os.environ, BLOCKED_SENDERS=parameter, BLOCKED_ACTION=action, LIST_BUCKET="lists"):
            [found] = app.handler(aws.event(__file__, envelope=aws.mail_from(mail_from), **changes), aws.CONTEXT)["actions"]
        self.assertTrue(found["allRecipients"])
        return found["action"]["type"]

    def test_an_address_a_domain_and_a_wildcard(self):
        for entry, blocked, passed in [
            ("bob@outside.example", "Bob@Outside.Example", "rob@outside.example"),
            ("outside.example", "bob@outside.example", "bob@sub.outside.example"),
            ("*.outside.example", "bob@a.b.outside.example", "bob@notoutside.example"),
            ("*.outside.example", "bob@outside.example", "bob@example"),
        ]:
            self.assertEqual(self.run_on(blocked, parameter=entry), "DROP", entry)
            self.assertEqual(self.run_on(passed, parameter=entry), "DEFAULT", entry)

    def test_the_object_is_a_list_too_with_remarks_and_a_mark_of_its_encoding(self):
        listed = "\ufeffnoisy.example  # asked twice\r\n\r\n# a remark\r\nbob@outside.example\r\n"
        self.assertEqual(self.run_on("a@noisy.example", listed=listed, parameter="x.example"), "DROP")
        self.assertEqual(self.run_on("bob@outside.example", listed=listed), "DROP")
        self.assertEqual(self.run_on("a@remark", listed=listed), "DEFAULT")

    def test_either_author_counts(self):
        self.assertEqual(self.run_on("a@ok.example", parameter="bad.example", sender={"address": "b@bad.example"}), "DROP")

    def test_nobody_is_nobody(self):
        for nobody in ("", None):
            self.assertEqual(self.run_on(nobody, parameter=",,*."), "DEFAULT")
        self.assertEqual(self.run_on("no-domain", parameter="*.example"), "DEFAULT")
        self.assertEqual(self.run_on("", parameter="x", subject=None), "DEFAULT")

    def test_no_list_is_an_empty_list_and_a_store_that_is_down_is_left_to_the_rule(self):
        self.assertEqual(self.run_on("a@b.example"), "DEFAULT")
        for code in ("InternalError", "AccessDenied"):
            with self.assertRaises(aws.ClientError):
                self.run_on("a@b.example", fails=code)

    def test_a_list_that_is_too_large_blocks_nobody_by_half(self):
        with self.assertRaises(ValueError):
            self.run_on("a@b.example", listed="x" * ((1 << 20) + 1))

    def test_outgoing_mail_has_no_junk_folder(self):
        change = {"parameter": "b.example", "action": "MOVE_TO_JUNK"}
        self.assertEqual(self.run_on("a@b.example", **change), "MOVE_TO_JUNK")
        self.assertEqual(self.run_on("a@b.example", flowDirection="OUTBOUND", **change), "BOUNCE")

    def test_the_list_is_read_again_after_a_minute(self):
        app = aws.load(__file__)
        for now, listed, found in [(0, "b.example", "DROP"), (59, "c.example", "DROP"), (61, "c.example", "DEFAULT")]:
            with mock.patch.object(app.time, "monotonic", return_value=now):
                self.assertEqual(self.run_on("a@b.example", listed=listed, app=app), found)


if __name__ == "__main__":
    unittest.main()
