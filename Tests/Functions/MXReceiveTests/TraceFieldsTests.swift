import FunctionRuntime
import MXReceive
import MailTypes
import Testing

@Suite struct TraceFieldsTests {
    private func fields(_ session: SMTPSession, _ envelope: Envelope = Envelope(reversePath: .null, recipients: []))
        -> [String]
    {
        let text = TraceFields.octets(
            for: session, envelope, as: Identifier128(high: 0, low: 1), at: Timestamp(year: 2026, month: 11, day: 20)
        ).text
        #expect(text.hasSuffix("\r\n"))
        return text.split(separator: "\r\n").map(String.init)
    }

    @Test func `the fields stand in the order functions know`() {
        let names = fields(.test).filter { !$0.hasPrefix("\t") }.map { String($0.prefix { $0 != ":" }) }
        #expect(
            names == ["Return-Path", "Received", "X-SES-Spam-Verdict", "X-SES-Virus-Verdict", "Authentication-Results"])
    }

    @Test(arguments: [
        (false, false, false, "SMTP"), (true, false, false, "ESMTP"), (true, true, false, "ESMTPS"),
        (true, false, true, "UTF8SMTP"), (true, true, true, "UTF8SMTPS"),
    ])
    func `the protocol is named as registered`(_ isExtended: Bool, _ isSecure: Bool, _ isUTF8: Bool, _ name: String) {
        var session = SMTPSession.test
        session.isExtended = isExtended
        if isSecure { session.tls = TLSSession(version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", serverName: nil) }
        let envelope = Envelope(reversePath: .null, recipients: [], smtpUTF8: isUTF8)
        let line = fields(session, envelope)[2]
        #expect(line.contains(" with \(name)\(isSecure ? " (TLSv1.3 TLS_AES_256_GCM_SHA384)" : "") id "))
    }

    @Test func `nothing a peer says can add a field`() {
        var session = SMTPSession.test
        session.helo = "a\r\nEvil: yes (b) <c>;\0"
        session.peer = NetworkAddress(host: "2001:db8::7", port: 1)
        #expect(fields(session)[1] == "Received: from a??Evil:?yes??b???c??? ([IPv6:2001:db8::7])")
        session.helo = ""
        #expect(fields(session)[1].hasPrefix("Received: from unknown "))
    }

    @Test func `the null reverse-path is written as such`() { #expect(fields(.test)[0] == "Return-Path: <>") }
}
