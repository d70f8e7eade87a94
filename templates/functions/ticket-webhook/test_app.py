import http.server
import json
import os
import pathlib
import sys
import threading
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import standins as aws  # noqa: E402


class Desk(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.tickets.append((self.path, self.headers, body))
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_):
        pass


class TicketWebhook(unittest.TestCase):
    def setUp(self):
        self.app, self.secrets = aws.load(__file__), aws.Secrets("s3cret\n")
        self.app.log.disabled = True
        self.desk = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        self.desk.tickets, self.desk.status = [], 201
        threading.Thread(target=self.desk.serve_forever, args=(0.01,)).start()
        self.address = f"http://127.0.0.1:{self.desk.server_address[1]}/tickets"

    def tearDown(self):
        self.desk.shutdown()
        self.desk.server_close()

    def run_on(self, content=None, address=None, flow=None, **changes):
        flow = flow or aws.Flow(aws.message() if content is None else content)
        aws.use(self.app, workmailmessageflow=flow, secretsmanager=self.secrets)
        with mock.patch.dict(os.environ, WEBHOOK=address or self.address, SECRET="arn:secret"):
            self.assertIsNone(self.app.handler(aws.event(__file__, **changes), aws.CONTEXT))
        return self.desk.tickets[-1][2] if self.desk.tickets else None

    def test_a_ticket_says_what_the_message_says(self):
        ticket = self.run_on(aws.message("Grüße".encode("latin-1"), b"Content-Type: text/plain; charset=iso-8859-1"))
        self.assertEqual(ticket["from"], "bob@outside.example")
        self.assertEqual(ticket["recipients"], ["alice@acme.example"])
        self.assertEqual((ticket["subject"], ticket["text"].strip()), ("Hello", "Grüße"))
        path, headers, _ = self.desk.tickets[0]
        self.assertEqual(path, "/tickets")
        self.assertEqual(headers["Authorization"], "Bearer s3cret")
        self.assertEqual(headers["Idempotency-Key"], ticket["messageId"])

    def test_attachments_are_named(self):
        body = (b"--b\nContent-Type: text/html\n\n<p>Hello\n--b\nContent-Type: image/png\n"
                b"Content-Disposition: attachment; filename=screen.png\n\nx\n--b--")
        ticket = self.run_on(aws.message(body, b"Content-Type: multipart/mixed; boundary=b"))
        self.assertEqual(ticket["attachments"], ["screen.png"])
        self.assertIn("<p>Hello", ticket["text"])

    def test_no_subject_and_no_sender(self):
        ticket = self.run_on(subject=None, envelope=aws.mail_from(""))
        self.assertEqual((ticket["subject"], ticket["from"]), ("", ""))

    def test_text_that_cannot_be_read_and_a_huge_one(self):
        self.assertEqual(self.run_on(aws.message(b"x", b"Content-Type: text/plain; charset=x-unheard-of"))["text"], "")
        self.assertIn("Gr", self.run_on(aws.message(b"Gr\xfc", b"Content-Type: text/plain; charset=utf-8"))["text"])
        self.assertEqual(self.run_on(b"Content-Type: multipart/mixed\r\n\r\n--")["attachments"], [])
        self.assertEqual(len(self.run_on(aws.message(b"x" * (6 << 20)))["text"]), 20_000)

    def test_a_message_that_is_gone_makes_no_ticket(self):
        self.assertIsNone(self.run_on(flow=aws.Flow(get_fails="ResourceNotFoundException")))

    def test_a_desk_that_is_down_is_an_error_and_one_that_refuses_is_not(self):
        for status, retried in ((500, True), (503, True), (429, True), (403, True), (302, True), (400, False), (422, False)):
            self.desk.status = status
            if retried:
                with self.assertRaises(RuntimeError):
                    self.run_on()
            else:
                self.run_on()
        self.assertEqual({path for path, _, _ in self.desk.tickets}, {"/tickets"}, "redirects are not followed")

    def test_the_secret_is_read_once_and_again_after_a_403(self):
        self.run_on()
        self.run_on()
        self.assertEqual(self.secrets.asked, 1)
        self.desk.status = 403
        with self.assertRaises(RuntimeError):
            self.run_on()
        self.desk.status = 201
        self.run_on()
        self.assertEqual(self.secrets.asked, 2)

    def test_the_secret_does_not_leave_the_machine_in_clear(self):
        for address in ("http://desk.example/", "ftp://desk.example/", "file:///etc/passwd"):
            with self.assertRaises(ValueError):
                self.run_on(address=address)
        self.assertEqual(self.secrets.asked, 0)


if __name__ == "__main__":
    unittest.main()
