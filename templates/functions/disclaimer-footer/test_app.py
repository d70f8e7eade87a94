import base64
import email
import email.policy
import os
import pathlib
import random
import sys
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import standins as aws  # noqa: E402

FOOTER = "Acme – we deliver\\n5 < 6"
PLAIN = "Acme – we deliver\n5 < 6"
HTML = "Acme – we deliver<br>\n5 &lt; 6</div>"
PASS = {"actions": [{"allRecipients": True, "action": {"type": "DEFAULT"}}]}


class DisclaimerFooter(unittest.TestCase):
    def run_on(self, content, footer=FOOTER, **fails):
        app = aws.load(__file__)
        app.log.disabled = True
        bucket = aws.Bucket()
        self.flow = aws.Flow(content, bucket, **fails)
        aws.use(app, workmailmessageflow=self.flow, s3=bucket)
        with mock.patch.dict(os.environ, FOOTER=footer, CONTENT_BUCKET="contents"):
            self.again = lambda: app.handler(aws.event(__file__), aws.CONTEXT)
            self.assertEqual(self.again(), PASS)
            after = self.flow.content
            self.assertEqual(self.again(), PASS)
        self.assertEqual(self.flow.content, after, "a second attempt changes nothing")
        # What is put back obeys what PutRawMessageContent checks: CRLF, no line over 1000 octets.
        if after != content:
            self.assertNotIn(b"\n", after.replace(b"\r\n", b""))
            self.assertLessEqual(max(map(len, after.split(b"\r\n"))), 998)
        return email.message_from_bytes(after, policy=email.policy.default)

    def unchanged(self, content, **fails):
        self.run_on(content, **fails)
        self.assertEqual(self.flow.content, content)

    def text(self, message, kind="plain"):
        return message.get_body((kind,)).get_content().replace("\r\n", "\n")

    def test_plain_text_in_utf8(self):
        found = self.run_on(aws.message("Grüße\n  \n".encode(), b"Content-Type: text/plain; charset=utf-8\n"
                                        b"Content-Transfer-Encoding: 8bit"))
        self.assertEqual(self.text(found), f"Grüße\n\n-- \n{PLAIN}\n")
        self.assertEqual(found["Content-Transfer-Encoding"], "quoted-printable")

    def test_a_message_without_any_mime_field(self):
        found = self.run_on(aws.message(b"Hello", b"").replace(b"MIME-Version: 1.0\r\n", b""), footer="plain footer")
        self.assertIn("Hello\n\n-- \nplain footer\n", self.text(found))
        self.assertEqual(found["Content-Transfer-Encoding"], "7bit")

    def test_a_charset_that_can_say_the_footer_stays_and_one_that_cannot_becomes_utf8(self):
        for charset, after in (("iso-8859-1", "utf-8"), ("windows-1252", "windows-1252"), ("us-ascii", "utf-8"),
                               ("utf-16", "utf-16"), ("iso-2022-jp", "utf-8")):
            octets = base64.encodebytes("Hello".encode(charset))
            found = self.run_on(aws.message(octets, b"Content-Transfer-Encoding: base64\n"
                                            b"Content-Type: text/plain; format=flowed; charset=" + charset.encode()))
            self.assertEqual(found.get_content_charset(), after)
            self.assertEqual(self.text(found), f"Hello\n\n-- \n{PLAIN}\n", charset)
            self.assertEqual(found.get_param("format"), "flowed")
            self.assertEqual(found["Content-Transfer-Encoding"], "base64")

    def test_both_forms_of_a_text_and_no_attachment(self):
        parts = (b"--o\nContent-Type: multipart/alternative; boundary=i\n\n"
                 b"--i\nContent-Type: text/plain; charset=us-ascii\n\nHello\n"
                 b"--i\nContent-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n"
                 b"<html><body><p>gr=FC=DFe &amp; </BODY > =\n</html>\n--i--\n"
                 b"--o\nContent-Type: text/plain; name=notes.txt\nContent-Disposition: attachment\n\nnotes\n--o--")
        found = self.run_on(aws.message(parts, b"Content-Type: multipart/mixed; boundary=o"))
        self.assertIn(PLAIN, self.text(found))
        self.assertIn(HTML.replace("–", "&#8211;") + "\n</BODY >", self.text(found, "html"))
        self.assertIn("<p>grüße &amp; ", self.text(found, "html"))
        self.assertIn(b"&#8211;", found.get_body(("html",)).get_payload(decode=True))
        self.assertEqual([part.get_content().split() for part in found.iter_attachments()], [["notes"]])

    def test_html_alone_without_end_tags(self):
        found = self.run_on(aws.message(b"<p>Hello", b"Content-Type: text/html; charset=utf-8"))
        self.assertTrue(self.text(found, "html").endswith(HTML + "\n"))

    def test_header_fields_stay_as_they_came(self):
        odd = (b"X-Long: " + b"a" * 200 + b"\nSubject: =?utf-8?q?a_?=\n =?utf-8?q?b?=\nX-Raw: \xe4\xf6\xfc\n"
               b"Message-ID: <broken@[id>\nX-Two: 1\nX-Two: 2\nContent-Type: text/plain")
        content = aws.message(b"Hello", odd, subject=None)
        self.run_on(content)
        before, after = [octets.partition(b"\r\n\r\n")[0].split(b"\r\n") for octets in (content, self.flow.content)]
        self.assertEqual([line for line in before if line.startswith((b"X-", b"Subj", b" ", b"Mess", b"Date", b"From"))],
                         [line for line in after if line.startswith((b"X-", b"Subj", b" ", b"Mess", b"Date", b"From"))
                          and not line.startswith(b"X-Disclaimer")])

    def test_signed_and_encrypted_mail_stays(self):
        signed = b"--b\nContent-Type: text/plain\n\nHello\n--b\nContent-Type: application/pgp-signature\n\nx\n--b--"
        self.unchanged(aws.message(signed, b"Content-Type: multipart/signed; boundary=b"))
        self.unchanged(aws.message(signed, b"Content-Type: multipart/encrypted; boundary=b"))
        self.unchanged(aws.message(b"MII=", b"Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: base64"))
        self.unchanged(aws.message(b"-----BEGIN PGP MESSAGE-----"))
        self.unchanged(aws.message(b"a\x00b", b"Content-Type: text/plain\nContent-Transfer-Encoding: binary"))

    def test_text_that_is_not_in_its_charset_stays(self):
        self.unchanged(aws.message(b"Gr\xfc\xdfe", b"Content-Type: text/plain; charset=utf-8"))
        self.unchanged(aws.message(b"Hello", b"Content-Type: text/plain; charset=x-unheard-of"))

    def test_a_message_without_text_stays(self):
        self.unchanged(aws.message(b"AAAA", b"Content-Type: image/png\nContent-Transfer-Encoding: base64"))

    def test_a_message_nobody_may_change_or_that_is_gone_passes(self):
        for code in ("MessageFrozen", "MessageRejected", "ResourceNotFoundException"):
            self.unchanged(aws.message(), put_fails=code)
        self.unchanged(aws.message(), get_fails="ResourceNotFoundException")
        with self.assertRaises(aws.ClientError):
            # The bucket policy is wrong: the rule's fallback and the log should show it.
            self.unchanged(aws.message(), put_fails="InvalidContentLocation")

    def test_a_huge_message_passes(self):
        self.unchanged(aws.message(b"x" * 70 + b"\n") + b"y" * (25 << 20))

    def test_octets_that_are_no_message_pass(self):
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        base = aws.message(b"--b\nContent-Type: text/html; charset=\"utf-8\n\nx\n--b", b"Content-Type: multipart/mixed; boundary=b")
        with self.subTest(seed=seed):
            for _ in range(200):
                octets = bytearray(base)
                for _ in range(chance.randrange(1, 12)):
                    octets[chance.randrange(len(octets))] = chance.randrange(256)
                app = aws.load(__file__)
                app.log.disabled = True
                flow = aws.Flow(bytes(octets[:chance.randrange(len(octets))]), bucket := aws.Bucket())
                aws.use(app, workmailmessageflow=flow, s3=bucket)
                with mock.patch.dict(os.environ, FOOTER=FOOTER, CONTENT_BUCKET="contents"):
                    self.assertEqual(app.handler(aws.event(__file__), aws.CONTEXT), PASS)


if __name__ == "__main__":
    unittest.main()
