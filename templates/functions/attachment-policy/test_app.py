import base64
import io
import os
import pathlib
import random
import sys
import unittest
import zipfile
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import standins as aws  # noqa: E402


def zipped(*names, content=b"x"):
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return octets.getvalue()


def attached(fields, octets=b"x"):
    """A message with a text and one attachment with these fields."""
    body = (b"--b\nContent-Type: text/plain\n\nHello\n--b\n" + fields + b"\nContent-Transfer-Encoding: base64\n\n"
            + base64.encodebytes(octets) + b"\n--b--")
    return aws.message(body, b"Content-Type: multipart/mixed; boundary=b")


def named(name, octets=b"x"):
    return attached(b'Content-Disposition: attachment; filename="' + name + b'"', octets)


class AttachmentPolicy(unittest.TestCase):
    def run_on(self, content, also="", allowed="", flow=None, **changes):
        app = aws.load(__file__)
        app.log.disabled = True
        aws.use(app, workmailmessageflow=flow or aws.Flow(content))
        with mock.patch.dict(os.environ, ALSO_REFUSED=also, ALLOWED=allowed):
            [found] = app.handler(aws.event(__file__, **changes), aws.CONTEXT)["actions"]
        self.assertTrue(found["allRecipients"])
        self.text = found["action"].get("parameters", {}).get("bounceMessage")
        return found["action"]["type"]

    def test_the_file_is_named(self):
        self.assertEqual(self.run_on(named(b"Invoice.PDF.exe")), "BOUNCE")
        self.assertIn('The attachment "Invoice.PDF.exe" is of a refused type', self.text)
        self.assertEqual(self.run_on(named(b"invoice.pdf")), "DEFAULT")

    def test_names_in_every_form(self):
        for fields in (b"Content-Type: application/pdf; name=a.exe",
                       b"Content-Disposition: attachment; filename=a.exe",
                       b"Content-Disposition: inline; filename*=utf-8''gr%C3%BC%C3%9Fe.exe",
                       b"Content-Disposition: attachment;\n filename*0=\"a\"; filename*1=\".e\"; filename*2=\"xe\"",
                       b"Content-Disposition: attachment; filename=\"=?utf-8?B?YS5leGU=?=\"",
                       b"Content-Disposition: attachment; filename=\"=?iso-8859-1?Q?gr=FC=DFe=2Eexe?=\"",
                       b"Content-Disposition: attachment; filename*=x-unheard''a.exe",
                       b"Content-Disposition: attachment; filename=\"a.exe. .\"",
                       b"Content-Disposition: attachment; filename=\"\xfc.exe\"",
                       b"Content-Disposition: attachment; filename=a.pdf\nContent-Type: x/y; name=a.exe"):
            self.assertEqual(self.run_on(attached(fields)), "BOUNCE", fields)

    def test_names_that_only_look_alike(self):
        for name in (b"exe", b"a.exe.txt", b"a.example", b"", b"."):
            self.assertEqual(self.run_on(named(name)), "DEFAULT", name)

    def test_inside_archives(self):
        self.assertEqual(self.run_on(named(b"a.zip", zipped("readme.txt", "dir/run.JS"))), "BOUNCE")
        self.assertIn('the archive "a.zip" holds "dir/run.JS"', self.text[0].lower() + self.text[1:])
        self.assertEqual(self.run_on(named(b"a.bin", zipped("run.js"))), "BOUNCE")
        self.assertEqual(self.run_on(named(b"a.docx", zipped("word/document.xml"))), "DEFAULT")
        self.assertEqual(self.run_on(named(b"a.zip", zipped("in.zip", content=zipped("run.js")))), "BOUNCE")
        self.assertEqual(self.run_on(named(b"a.zip", zipped("in.zip", content=zipped("notes.txt")))), "DEFAULT")

    def test_archives_that_cannot_be_looked_into(self):
        deep = zipped("a.zip", content=zipped("b.zip", content=zipped("notes.txt")))
        bomb = zipped("in.zip", content=b"\0" * (11 << 20))
        for octets in (deep, bomb, b"", b"PK\3\4", zipped("a.txt")[:-1], zipped("a.txt").replace(b"PK\1\2", b"PK\1\3")):
            self.assertEqual(self.run_on(named(b"a.zip", octets)), "BOUNCE")
            self.assertIn("cannot be looked into", self.text)
        many = bytearray(zipped("a.txt"))
        many[-10:-6] = (2 << 20).to_bytes(4, "little")
        self.assertEqual(self.run_on(named(b"a.zip", bytes(many))), "BOUNCE")

    def test_parts_of_an_attached_message(self):
        inner = named(b"a.exe")
        body = b"--o\nContent-Type: message/rfc822\n\n" + inner + b"\n--o--"
        self.assertEqual(self.run_on(aws.message(body, b"Content-Type: multipart/mixed; boundary=o")), "BOUNCE")

    def test_the_list_can_be_changed(self):
        self.assertEqual(self.run_on(named(b"a.iso"), also="img, .ISO"), "BOUNCE")
        self.assertEqual(self.run_on(named(b"a.js"), allowed="JS,tmp"), "DEFAULT")

    def test_a_name_cannot_break_out_of_the_sentence(self):
        self.run_on(attached(b"Content-Disposition: attachment; filename*=utf-8''a%0D%0ABcc:%20x" + b"y" * 500 + b".exe"))
        self.assertNotIn("\n", self.text)
        self.assertLess(len(self.text), 300)

    def test_a_bounce_is_not_bounced(self):
        self.assertEqual(self.run_on(named(b"a.exe"), envelope=aws.mail_from("")), "MOVE_TO_JUNK")
        self.assertEqual(self.run_on(named(b"a.exe"), envelope=aws.mail_from(None), flowDirection="OUTBOUND"), "DROP")

    def test_mail_without_attachments_passes(self):
        self.assertEqual(self.run_on(aws.message(b"a.exe"), subject=None), "DEFAULT")
        self.assertEqual(self.run_on(b"", flow=aws.Flow(get_fails="ResourceNotFoundException")), "DEFAULT")
        for content in (b"", b"\xff\xfe", b"Content-Type: multipart/mixed\r\n\r\n--\r\n"):
            self.assertEqual(self.run_on(content), "DEFAULT")

    def test_a_message_past_the_limit_is_refused(self):
        self.assertEqual(self.run_on(b"x" * ((40 << 20) + 1)), "BOUNCE")
        self.assertIn("too large", self.text)

    def test_random_octets_are_answered(self):
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        base = named(b"a.zip", zipped("notes.txt"))
        with self.subTest(seed=seed):
            for _ in range(200):
                octets = bytearray(base)
                for _ in range(chance.randrange(1, 12)):
                    octets[chance.randrange(len(octets))] = chance.randrange(256)
                self.assertIn(self.run_on(bytes(octets[:chance.randrange(len(octets))])), ("DEFAULT", "BOUNCE"))


if __name__ == "__main__":
    unittest.main()
